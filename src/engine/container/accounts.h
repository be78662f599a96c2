/* The users and groups that kelp adds to a container's /etc/passwd and /etc/group, and who a
 * process of it runs as. */
#ifndef KELP_ENGINE_CONTAINER_ACCOUNTS_H
#define KELP_ENGINE_CONTAINER_ACCOUNTS_H

#include "base/error.h"
#include "base/strbuf.h"
#include "engine/container/container.h"
#include "engine/container/user.h"
#include "engine/storage/rootfs.h"
#include "rootless/userns.h"

struct accounts_file {
        char *text;          /* the container's, with what is added; NULL: none, or not readable */
        struct strbuf added; /* the lines that are; empty: none */
        bool missing;        /* the container has no such file yet */
};

/* {0} is empty: nothing is to be added, and the files were not read. */
struct accounts {
        bool read;
        struct accounts_file passwd, group;
};
void accounts_release(struct accounts *accounts);

/* A user of the host, by name or number: it exists. ERROR_CANNOT_RUN, as podman finds out at the
 * start. */
int accounts_check_host_user(const char *user, struct error *err);

/* What is to be added, by the container's spec; empty when that asks for nothing. */
int accounts_make(const struct container_spec *spec, const struct rootfs *rootfs,
                  const struct userns_plan *userns, struct accounts *accounts_out,
                  struct error *err);

/* Write the lines into the files of the root at this absolute path. Ids are mapped. */
int accounts_write(const struct accounts *accounts, const char *root, struct error *err);

/* For a root that cannot be written: whole files "passwd" and "group" in this directory, to be laid
 * over; where nothing is added there is none. */
int accounts_lay(const struct accounts *accounts, int dir_fd, struct error *err);

/* Who the container's process is: spec->user and spec->group_add. accounts: of accounts_make(). */
int accounts_user(const struct container_spec *spec, const struct accounts *accounts,
                  const struct rootfs *rootfs, struct container_user *user_out, struct error *err);

/* "user[:group]" against the files of a container that was started, with spec->group_add. */
int accounts_resolve(const struct store *store, const struct container *container,
                     const struct rootfs *rootfs, const char *text, struct container_user *user_out,
                     struct error *err);

#endif
