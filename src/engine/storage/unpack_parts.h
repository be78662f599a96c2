/* The parts of unpacking, for unpack.c and its neighbours alone:
 *
 *     unpack.c             the stream, entry by entry, and what is done at its end
 *     unpack_place.c       where an entry goes: clean paths, parents, what is in its place
 *     unpack_attributes.c  whose it is, and its extended attributes
 *     unpack_make.c        the thing itself, by its type
 */
#ifndef KELP_ENGINE_STORAGE_UNPACK_PARTS_H
#define KELP_ENGINE_STORAGE_UNPACK_PARTS_H

#include "engine/storage/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

struct late_dir {
        char *path;
        mode_t mode;
        struct timespec mtime;
};

struct unpacker {
        int root_fd;
        struct archive *archive;
        const struct unpack_source *source;
        struct error *source_error; /* set when the source failed */
        struct unpack_result *result;
        uid_t uid; /* what new files belong to by themselves, as the archive counts */
        gid_t gid;
        /* the parent of the last entry */
        char *parent_path;
        int parent_fd;
        bool parent_setgid;
        struct late_dir *dirs;
        size_t dir_count, dir_room;
};

/* -1 with a sentence that names the entry; the second adds errno's. */
int unpack_refuse(const char *name, const char *why, struct error *err);
int unpack_failed(const char *name, const char *what, struct error *err);

/* The archive's reader failed: our source's reason, or libarchive's. */
int unpack_read_failed(struct unpacker *u, struct error *err);

/* The path below the root, without leading and doubled slashes and "." parts, for the caller to
 * free; "" is the root itself. NULL when it has ".." or is too long. */
char *unpack_clean_path(const char *name);

/* Open the parent of a clean path as u->parent_fd; *last_out is its last component. */
int unpack_enter_parent(struct unpacker *u, char *path, const char **last_out, struct error *err);

/* Take away what is in the place of an entry. -1 with errno. */
int unpack_clear_place(struct unpacker *u, const char *last);

/* What the archive does not speak of is root's. -1 with errno. */
int unpack_own_by_root(const struct unpacker *u, int fd);

/* An implied directory stands in the archive after all. */
void unpack_forget_implied(struct unpacker *u, const char *path);

/* -1 with errno, for unpack_owner_failed(). */
int unpack_set_owner(const struct unpacker *u, int dir_fd, const char *name,
                     struct archive_entry *entry);
int unpack_owner_failed(const char *name, struct archive_entry *entry, struct error *err);
int unpack_set_xattrs(int fd, struct archive_entry *entry, struct error *err);
struct timespec unpack_mtime(struct archive_entry *entry);

/* A directory's mode and time are set at the end. */
void unpack_note_dir(struct unpacker *u, const char *path, struct archive_entry *entry);

/* In u->parent_fd. */
int unpack_make(struct unpacker *u, struct archive_entry *entry, const char *path, const char *last,
                struct error *err);
int unpack_make_hard_link(struct unpacker *u, struct archive_entry *entry, const char *last,
                          struct error *err);
int unpack_make_whiteout(struct unpacker *u, const char *name, const char *last, struct error *err);
int unpack_make_opaque(struct unpacker *u, const char *name, struct error *err);

#endif
