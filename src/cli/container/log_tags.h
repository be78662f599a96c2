/* --log-opt tag= and label= of --log-driver=journald, at a start. */
#ifndef KELP_CLI_CONTAINER_LOG_TAGS_H
#define KELP_CLI_CONTAINER_LOG_TAGS_H

#include "base/strv.h"
#include "engine/container/container.h"
#include "engine/state/store.h"

/* Add "CONTAINER_TAG=TAG" and each label as "KEY=VALUE", with templates over what inspect shows
 * filled in. Nothing for a container without the journal. An error: no template, or a value of
 * several lines. */
int log_tags_fill(const struct store *store, const struct container *container, struct strv *fields,
                  struct error *err);

#endif
