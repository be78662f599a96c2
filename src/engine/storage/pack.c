/* Walking a tree into a tar archive. What becomes of an entry is decided here, and written by
 * pack_stream.c. Everything is opened relative to its directory and never followed. */
#include "engine/storage/pack.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/widen.h"
#include "engine/storage/pack_stream.h"
#include "engine/storage/whiteout.h"
#include "rootless/override.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

struct packer {
        struct pack_stream *stream;
        const struct pack_options *options;
        unsigned long long mount; /* of the root */
};

/* An empty file, root's. */
static int pack_marker(struct pack_stream *stream, const char *name, const struct stat *like,
                       struct error *err)
{
        const struct stat st = { .st_mode = S_IFREG | 0600, .st_mtim = like->st_mtim };

        return pack_stream_data(stream, name, &st, NULL, 0, err);
}

static unsigned long long mount_of(int dir_fd, const char *name)
{
        struct statx stx;

        if (statx(dir_fd, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0)
                return 0;
        return stx.stx_mnt_id;
}

/* The one id that is mapped is root's, unless a record says otherwise. */
static void take_record(const struct packer *p, int dir_fd, const char *last, struct stat *st)
{
        const struct override_place place = { .fd = -1, .dir_fd = dir_fd, .name = last, .st = st };
        struct override override = { 0 };

        id_maps_inside(p->options->ids, &st->st_uid, &st->st_gid);
        if (!p->options->recorded)
                return;
        (void)override_get(&place, &override);
        override_apply(&override, st);
}

static int pack_dir(struct packer *p, int dir_fd, const char *prefix, struct error *err);

/* A directory: itself, what marks it opaque, what is in it. */
static int pack_subdir(struct packer *p, int dir_fd, const char *last, const char *name,
                       const struct stat *st, struct error *err)
{
        AUTO_FREE char *prefix = xasprintf("%s/", name);
        AUTO_CLOSE int fd = openat(dir_fd, last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0)
                return error_sys(err, errno, "open %s", name);
        if (pack_stream_put(p->stream, dir_fd, last, prefix, st, err) < 0)
                return -1;
        if (!p->options->mounts && mount_of(fd, "") != p->mount)
                return 0; /* a mount point: only itself */
        if (p->options->whiteouts && whiteout_is_opaque(fd)) {
                AUTO_FREE char *marker = xasprintf("%s" WHITEOUT_OPAQUE, prefix);

                if (pack_marker(p->stream, marker, st, err) < 0)
                        return -1;
        }
        return pack_dir(p, fd, prefix, err);
}

static bool skipped(const struct packer *p, int dir_fd, const char *last, const char *name,
                    const struct stat *st);

/* Has the directory nothing but what is left out? */
static bool is_hollow(const struct packer *p, int dir_fd, const char *last, const char *name)
{
        AUTO_CLOSE int fd = openat(dir_fd, last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        AUTO(strv) names = { 0 };
        struct stat st;

        if (fd < 0 || path_list_names(fd, &names, NULL) < 0)
                return false;
        for (size_t i = 0; i < names.count; i++) {
                AUTO_FREE char *path = path_join(name, names.items[i]);

                if (fstatat(fd, names.items[i], &st, AT_SYMLINK_NOFOLLOW) < 0 ||
                    !skipped(p, fd, names.items[i], path, &st))
                        return false;
        }
        return true;
}

/* fuse-overlayfs has two in each new directory: the file, and the device that stands for it. It was
 * written with the directory. */
static bool is_marker(const struct packer *p, const char *last, const struct stat *st)
{
        const char *hidden = &WHITEOUT_OPAQUE[strlen(WHITEOUT_PREFIX)];

        return p->options->whiteouts && (strcmp(last, WHITEOUT_OPAQUE) == 0 ||
                                         (whiteout_is(st) && strcmp(last, hidden) == 0));
}

static bool skipped(const struct packer *p, int dir_fd, const char *last, const char *name,
                    const struct stat *st)
{
        if (S_ISSOCK(st->st_mode) || is_marker(p, last, st))
                return true;
        if (!p->options->skip_empty || !strv_contains(p->options->skip_empty, name))
                return false;
        return S_ISDIR(st->st_mode) ? is_hollow(p, dir_fd, last, name)
                                    : S_ISREG(st->st_mode) && st->st_size == 0;
}

/* Is it to be packed at all? name: without a slash in front. */
static bool chosen(const struct packer *p, const char *name)
{
        const struct changes *only = p->options->only;
        AUTO_FREE char *path = only ? xasprintf("/%s", name) : NULL;
        size_t at = only ? changes_place(only, path) : 0;

        return !only || (at < only->count && strcmp(only->items[at].path, path) == 0);
}

/* Whiteouts of what the list says was deleted from this directory. */
static int pack_deleted(struct packer *p, const char *prefix, struct error *err)
{
        const struct changes *only = p->options->only;
        AUTO_FREE char *start = xasprintf("/%s", prefix);
        const struct stat now = { .st_mtim = { .tv_sec = time(NULL) } };
        size_t len = strlen(start);

        for (size_t i = only ? changes_place(only, start) : 0; only && i < only->count; i++) {
                const char *path = only->items[i].path;
                AUTO_FREE char *marker = NULL;

                if (strncmp(path, start, len) != 0)
                        break;
                if (only->items[i].kind != CHANGE_DELETED || strchr(path + len, '/'))
                        continue;
                marker = xasprintf("%s" WHITEOUT_PREFIX "%s", prefix, path + len);
                if (pack_marker(p->stream, marker, &now, err) < 0)
                        return -1;
        }
        return 0;
}

static int pack_one(struct packer *p, int dir_fd, const char *last, const char *prefix,
                    struct error *err)
{
        AUTO_FREE char *name = xasprintf("%s%s", prefix, last);
        struct stat st;

        if (!chosen(p, name))
                return 0;
        if (fstatat(dir_fd, last, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : error_sys(err, errno, "look at %s", name);
        if (is_marker(p, last, &st))
                return 0;
        if (whiteout_is(&st)) {
                AUTO_FREE char *marker = xasprintf("%s" WHITEOUT_PREFIX "%s", prefix, last);

                return p->options->whiteouts ? pack_marker(p->stream, marker, &st, err) : 0;
        }
        take_record(p, dir_fd, last, &st);
        if (skipped(p, dir_fd, last, name, &st))
                return 0;
        if (S_ISDIR(st.st_mode))
                return pack_subdir(p, dir_fd, last, name, &st, err);
        if (!p->options->mounts && mount_of(dir_fd, last) != p->mount)
                return 0;
        return pack_stream_put(p->stream, dir_fd, last, name, &st, err);
}

static int pack_dir(struct packer *p, int dir_fd, const char *prefix, struct error *err)
{
        AUTO(strv) names = { 0 };

        if (path_list_names(dir_fd, &names, err) < 0)
                return error_context(err, "%s", prefix);
        strv_sort(&names);
        if (pack_deleted(p, prefix, err) < 0)
                return -1;
        for (size_t i = 0; i < names.count; i++)
                if (pack_one(p, dir_fd, names.items[i], prefix, err) < 0)
                        return -1;
        return 0;
}

static struct packer packer_open(int fd, const char *name, const struct pack_options *options,
                                 int out_fd)
{
        struct pack_stream_options stream = { .out_fd = out_fd, .mtime = options->mtime };

        return (struct packer){ .options = options,
                                .stream = pack_stream_open(&stream),
                                .mount = mount_of(fd, name) };
}

/* rc: how it went. */
static int packer_close(struct packer *p, int rc, struct error *err)
{
        if (rc == 0)
                return pack_stream_close(p->stream, err);
        pack_stream_abort(p->stream);
        return rc;
}

int pack_entry_as(int dir_fd, const char *entry, const char *name,
                  const struct pack_options *options, int out_fd, struct error *err)
{
        struct packer p = packer_open(dir_fd, entry, options, out_fd);
        struct stat st;
        int rc;

        rc = fstatat(dir_fd, entry, &st, AT_SYMLINK_NOFOLLOW) < 0
                     ? error_sys(err, errno, "look at %s", name)
                     : 0;
        if (rc == 0) {
                take_record(&p, dir_fd, entry, &st);
                rc = S_ISDIR(st.st_mode) ? pack_subdir(&p, dir_fd, entry, name, &st, err)
                                         : pack_stream_put(p.stream, dir_fd, entry, name, &st, err);
        }
        return packer_close(&p, rc, err);
}

int pack_tree(int root_fd, const struct pack_options *options, int out_fd, struct error *err)
{
        struct packer p = packer_open(root_fd, "", options, out_fd);
        struct stat st;
        int rc;

        rc = fstat(root_fd, &st) < 0 ? error_sys(err, errno, "look at the root") : 0;
        take_record(&p, root_fd, ".", &st);
        if (rc == 0)
                rc = pack_stream_put(p.stream, root_fd, ".", "./", &st, err);
        if (rc == 0)
                rc = pack_dir(&p, root_fd, "", err);
        return packer_close(&p, rc, err);
}

static _Noreturn void child_main(int root_fd, const struct pack_options *options, int out_fd,
                                 int error_fd)
{
        struct error err = { 0 };

        signal(SIGPIPE, SIG_IGN);
        if (pack_tree(root_fd, options, out_fd, &err) < 0)
                error_send(error_fd, &err);
        _exit(0);
}

int pack_start(int root_fd, const struct pack_options *options, struct pack *pack_out,
               struct error *err)
{
        int data[2], errors[2];
        pid_t pid;

        if (pipe2(data, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        widen_pipe(data[1], (size_t)1 << 20);
        pid = fork();
        if (pid < 0)
                return error_sys(err, errno, "fork");
        if (pid == 0) {
                int keep[] = { root_fd, data[1], errors[1] };

                fd_close_except(keep, ARRAY_SIZE(keep));
                child_main(root_fd, options, data[1], errors[1]);
        }
        close(data[1]);
        close(errors[1]);
        *pack_out = (struct pack){ .fd = data[0], .error_fd = errors[0], .pid = pid };
        return 0;
}

int pack_wait(struct pack *pack, struct error *err)
{
        struct error why = { 0 };
        int rc, status;

        close(pack->fd);
        rc = error_receive(pack->error_fd, &why);
        close(pack->error_fd);
        while (waitpid(pack->pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (rc != 0)
                return error_copy(err, &why);
        return WIFEXITED(status) ? 0 : error_set(err, ERROR_GENERAL, "the packing process died");
}
