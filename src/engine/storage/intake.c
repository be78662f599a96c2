/* One transfer's finished pieces, until they are committed. See intake.h. */
#include "engine/storage/intake.h"

#include "base/alloc.h"
#include "base/path.h"
#include "engine/storage/blob.h"
#include "engine/storage/layer.h"
#include "engine/storage/write_behind.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct piece {
        char *from, *target; /* relative to the store's root */
        int lock_fd;
};

struct intake {
        const struct store *store;
        struct staging staging;
        unsigned names; /* given out */
        struct write_behind *behind;
        struct piece *pieces;
        size_t count;
};

int intake_open(const struct store *store, const char *what, struct intake **intake_out,
                struct error *err)
{
        struct intake *intake = xcalloc(1, sizeof(*intake));

        intake->store = store;
        intake->staging = STAGING_EMPTY;
        if (staging_create(store, what, &intake->staging, err) < 0) {
                intake_close(intake);
                return -1;
        }
        *intake_out = intake;
        return 0;
}

void intake_close(struct intake *intake)
{
        if (!intake)
                return;
        write_behind_stop(intake->behind);
        for (size_t i = 0; i < intake->count; i++) {
                free(intake->pieces[i].from);
                free(intake->pieces[i].target);
                if (intake->pieces[i].lock_fd >= 0)
                        close(intake->pieces[i].lock_fd);
        }
        free(intake->pieces);
        staging_release(&intake->staging);
        free(intake);
}

void intake_write_behind(struct intake *intake)
{
        if (!intake->behind)
                intake->behind = write_behind_start(intake->staging.dir_fd);
}

const struct store *intake_store(const struct intake *intake)
{
        return intake->store;
}

char *intake_new_path(struct intake *intake, const char *what)
{
        return xasprintf("staging/%s/%s-%u", intake->staging.name, what, intake->names++);
}

void intake_add(struct intake *intake, const char *from, const char *target, int lock_fd)
{
        intake->pieces = xreallocarray(intake->pieces, intake->count + 1, sizeof(*intake->pieces));
        intake->pieces[intake->count++] = (struct piece){ .from = xstrdup(from),
                                                          .target = xstrdup(target),
                                                          .lock_fd = lock_fd };
}

static const struct piece *find_piece(const struct intake *intake, const char *target)
{
        for (size_t i = 0; i < intake->count; i++)
                if (strcmp(intake->pieces[i].target, target) == 0)
                        return &intake->pieces[i];
        return NULL;
}

bool intake_has_blob(const struct intake *intake, const struct digest *digest)
{
        AUTO_FREE char *path = blob_path(digest);

        return find_piece(intake, path) || blob_exists(intake->store, digest);
}

bool intake_has_layer(const struct intake *intake, const struct digest *diff_id,
                      const char *mapping)
{
        AUTO_FREE char *path = layer_path(diff_id, mapping);

        return find_piece(intake, path) || layer_exists(intake->store, diff_id, mapping);
}

bool intake_has(const struct intake *intake, const char *path)
{
        if (find_piece(intake, path))
                return true;
        for (const struct store *store = intake->store; store; store = store->additional)
                if (faccessat(store->root_fd, path, F_OK, AT_EACCESS) == 0)
                        return true;
        return false;
}

char *intake_layer_path(const struct intake *intake, const struct digest *diff_id,
                        const char *mapping)
{
        AUTO_FREE char *path = layer_path(diff_id, mapping);
        const struct piece *piece = find_piece(intake, path);

        return piece ? xstrdup(piece->from) : layer_find(intake->store, diff_id, mapping);
}

int intake_open_blob(const struct intake *intake, const struct digest *digest, int *fd_out,
                     struct error *err)
{
        AUTO_FREE char *path = blob_path(digest);
        const struct piece *piece = find_piece(intake, path);

        if (!piece)
                return blob_open(intake->store, digest, fd_out, NULL, err);
        *fd_out = openat(intake->store->root_fd, piece->from, O_RDONLY | O_CLOEXEC);
        return *fd_out < 0 ? error_sys(err, errno, "open %s", piece->from) : 0;
}

static int move_piece(const struct intake *intake, const struct piece *piece, struct error *err)
{
        int root = intake->store->root_fd;

        if (renameat2(root, piece->from, root, piece->target, RENAME_NOREPLACE) == 0)
                return 0;
        if (errno != EEXIST && errno != ENOTEMPTY)
                return error_sys(err, errno, "publish %s", piece->target);
        /* Somebody was faster with the same content. */
        return path_remove_tree(root, piece->from, err);
}

int intake_commit(struct intake *intake, const struct strv *only, struct error *err)
{
        write_behind_stop(take_ptr(intake->behind));
        if (intake->count == 0)
                return 0; /* what the store has was durable before it was given its name */
        if (store_sync(intake->store, err) < 0)
                return -1;
        for (size_t i = 0; i < intake->count; i++)
                if ((!only || strv_contains(only, intake->pieces[i].target)) &&
                    move_piece(intake, &intake->pieces[i], err) < 0)
                        return -1;
        return 0;
}
