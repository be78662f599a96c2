/* Volumes: directories that outlive containers.
 *
 *     volumes/NAME/record   what it is (JSON), replaced by rename
 *                 /_data    its files; a tmpfs or a bound directory leaves it empty
 *                 /lock     held while its first content is copied, and while it is removed
 *
 * The directory is built in staging/ and appears by one rename. Which containers have a volume is
 * in their specs (container/volumes.h); nothing here looks at containers.
 */
#ifndef KELP_ENGINE_STORAGE_VOLUME_H
#define KELP_ENGINE_STORAGE_VOLUME_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/state/store.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct volume {
        char *name;
        struct strv labels;  /* "key=value" */
        struct strv options; /* "type=tmpfs", "device=...", "o=size=2M", "nocopy" */
        int64_t created_ns;  /* CLOCK_REALTIME */
        uid_t uid;           /* of its directory, inside the user namespace */
        gid_t gid;
        bool anonymous;     /* made for one container, removed with it */
        bool needs_copy_up; /* the image's files are still to come in */
        bool copied_up;     /* they came, and nobody has set its owner since */
        bool needs_chown;   /* its owner follows the containers that use it */
};

void volume_release(struct volume *volume);

/* [a-zA-Z0-9][a-zA-Z0-9_.-]*, and short enough for a directory. */
bool volume_name_valid(const char *name);

/* A name for one that has none: 64 hexadecimal digits. The caller frees. */
char *volume_make_name(void);

/* Options of the driver "local" that a user can have: type=none|bind with device and o=bind,
 * type=tmpfs, o=uid=,gid=, nocopy, copy. ERROR_USAGE or ERROR_UNSUPPORTED by name; uid and gid are
 * set from them. */
int volume_check_options(struct volume *volume, struct error *err);

/* Publish it; the times and what it needs are set here. With owners other than 0 this process is in
 * the user namespace. ERROR_EXISTS when the name is taken. */
int volume_create(const struct store *store, struct volume *volume, struct error *err);

/* By name alone / also by the unique beginning of one. ERROR_NOT_FOUND: no volume with name "x"
 * found: no such volume. */
int volume_load(const struct store *store, const char *name, struct volume *volume_out,
                struct error *err);
int volume_lookup(const struct store *store, const char *text, struct volume *volume_out,
                  struct error *err);
int volume_save(const struct store *store, const struct volume *volume, struct error *err);

struct volume_list {
        struct volume *items; /* by name */
        size_t count;
        struct strv damaged; /* names of those whose record cannot be read */
};
void volume_list_release(struct volume_list *list);
int volume_list_load(const struct store *store, struct volume_list *list_out, struct error *err);

/* Absolute path of its files. The caller frees. */
char *volume_path(const struct store *store, const char *name);

/* The value of an option ("type", "device", "o"), or NULL. */
const char *volume_option(const struct volume *volume, const char *key);

/* Is it a tmpfs? Then every container has one of its own. */
bool volume_is_tmpfs(const struct volume *volume);

/* The host's directory that it stands for, or NULL. */
const char *volume_device(const struct volume *volume);

/* Blocks. A descriptor that holds the lock, or -1. */
int volume_lock(const struct store *store, const char *name, struct error *err);

/* It is gone for everybody; its files, now in the grave, go with staging_release(). The caller has
 * the exclusive store lock and has made sure that no container has it. */
int volume_bury(const struct store *store, const char *name, struct staging *grave,
                struct error *err);

#endif
