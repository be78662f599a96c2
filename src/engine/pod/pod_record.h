/* A pod's config.json: its pod_spec and back. */
#ifndef KELP_ENGINE_POD_POD_RECORD_H
#define KELP_ENGINE_POD_POD_RECORD_H

#include "base/json.h"
#include "engine/pod/pod.h"

/* A new reference for the caller. */
json_t *pod_record_make(const struct pod_spec *spec);

/* ERROR_INVALID: it is damaged. */
int pod_record_read(const json_t *json, struct pod_spec *spec_out, struct error *err);

/* "ipc", "net", "uts", "pid", "cgroup": the word of --share. */
const char *pod_share_name(enum shared_kind kind);

/* false: no such word. */
bool pod_share_parse(const char *word, enum shared_kind *kind_out);

#endif
