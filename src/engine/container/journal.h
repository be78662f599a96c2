/* Containers of --log-driver=journald: their entries in systemd's journal, under podman's names of
 * fields (monitor/journal_writer.h makes them).
 */
#ifndef KELP_ENGINE_CONTAINER_JOURNAL_H
#define KELP_ENGINE_CONTAINER_JOURNAL_H

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/container/verbs.h"

/* What all entries of a container have, for journal_writer_open(), and `more` of it: "KEY=VALUE" in
 * one line, or NULL. A CONTAINER_TAG in it is the entries' SYSLOG_IDENTIFIER, else the container's
 * name is. The caller frees. */
char *journal_fields(const struct container *container, const struct strv *more);

/* Print what the journal has, through journalctl(1), with what this user may see of it. */
int journal_logs(const struct container *container, const struct log_options *options,
                 struct error *err);

#endif
