/* Making a container: its directory appears under its ID and its name in one step each. */
#ifndef KELP_ENGINE_CONTAINER_CREATE_H
#define KELP_ENGINE_CONTAINER_CREATE_H

#include "base/error.h"
#include "engine/container/container.h"

/* A random 64-digit hexadecimal ID. */
int container_new_id(char id_out[CONTAINER_ID_LEN + 1], struct error *err);

/* Two words, so that a person can type it, and a number; always the same for an ID. */
char *container_make_up_name(const char *id);

/* [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most 200 bytes; else ERROR_USAGE. */
int container_check_name(const char *name, struct error *err);

/* Publish a container from a spec whose name may be NULL (one is made up). The spec moves into
 * *container_out. ERROR_EXISTS when the name is taken. The event "create" is the caller's to write:
 * run has it in one line with those of the start. */
int container_create(const struct store *store, const char *id, struct container_spec *spec,
                     struct container *container_out, struct error *err);

/* Give it another name. ERROR_EXISTS when that is taken. */
int container_rename(const struct store *store, struct container *container, const char *name,
                     struct error *err);

/* Write the spec again; the caller holds the change lock. */
int container_save_spec(const struct container *container, struct error *err);

/* Remove the directory, the name and what is in the runtime directory. The caller has made sure
 * that it does not run, and is in the user namespace. */
int container_delete(const struct store *store, const char *id, const char *name,
                     struct error *err);

/* The same in two steps: after container_bury() the container is gone for everybody and its name is
 * free; the files, now in *grave, are removed by staging_release(). */
int container_bury(const struct store *store, const char *id, const char *name,
                   struct staging *grave, struct error *err);

#endif
