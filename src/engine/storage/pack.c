/* Walking a tree into a tar archive. libarchive writes the format; what becomes of an entry is
 * decided here. Everything is opened relative to its directory and never followed. */
#include "engine/storage/pack.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "engine/storage/link_names.h"
#include "engine/storage/whiteout.h"
#include "rootless/override.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>

#define PIECE     ((size_t)256 << 10)
#define XATTR_MAX ((size_t)64 << 10)

struct packer {
        struct archive *archive;
        const struct pack_options *options;
        int out_fd, sys;
        unsigned long long mount; /* of the root */
        struct link_names links;
        char *piece;
};

static la_ssize_t write_out(struct archive *archive, void *data, const void *buffer, size_t len)
{
        struct packer *p = data;

        if (fd_write_all(p->out_fd, buffer, len) == 0)
                return (la_ssize_t)len;
        p->sys = errno;
        archive_set_error(archive, errno, "write");
        return -1;
}

static int failed(const struct packer *p, const char *name, struct error *err)
{
        const char *why = archive_error_string(p->archive);

        if (p->sys)
                return error_sys(err, p->sys, "write the archive");
        return error_set(err, ERROR_GENERAL, "pack %s: %s", name, why ? why : "unknown reason");
}

static void add_xattr(struct archive_entry *entry, const char *path, const char *name, char *value)
{
        ssize_t size;

        if (whiteout_is_own_xattr(name) || strncmp(name, "system.", 7) == 0 ||
            strncmp(name, "trusted.", 8) == 0 ||
            (strncmp(name, "security.", 9) == 0 && strcmp(name, "security.capability") != 0))
                return;
        size = lgetxattr(path, name, value, XATTR_MAX);
        if (size >= 0)
                archive_entry_xattr_add_entry(entry, name, value, (size_t)size);
}

static void add_xattrs(struct archive_entry *entry, int dir_fd, const char *last)
{
        AUTO_FREE char *path = xasprintf("/proc/self/fd/%d/%s", dir_fd, last);
        AUTO_FREE char *names = NULL;
        AUTO_FREE char *value = NULL;
        ssize_t size = llistxattr(path, NULL, 0);

        if (size <= 0)
                return;
        names = xmalloc((size_t)size + 1);
        size = llistxattr(path, names, (size_t)size);
        value = xmalloc(XATTR_MAX);
        for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1)
                add_xattr(entry, path, name, value);
}

static int write_contents(struct packer *p, int dir_fd, const char *last, const char *name,
                          uint64_t size, struct error *err)
{
        AUTO_CLOSE int fd = openat(dir_fd, last, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOATIME);
        uint64_t done = 0;
        ssize_t n;

        if (fd < 0 && errno == EPERM)
                fd = openat(dir_fd, last, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return error_sys(err, errno, "open %s", name);
        while (done < size && (n = read(fd, p->piece, PIECE)) > 0) {
                size_t len = (uint64_t)n > size - done ? (size_t)(size - done) : (size_t)n;

                if (archive_write_data(p->archive, p->piece, len) != (la_ssize_t)len)
                        return failed(p, name, err);
                done += len;
        }
        /* A file that became shorter meanwhile is filled with zeros by libarchive. */
        return 0;
}

static int write_header(struct packer *p, struct archive_entry *entry, const char *name,
                        struct error *err)
{
        return archive_write_header(p->archive, entry) < ARCHIVE_WARN ? failed(p, name, err) : 0;
}

static int pack_marker(struct packer *p, const char *name, const struct stat *st, struct error *err)
{
        struct archive_entry *entry = archive_entry_new();
        int rc;

        archive_entry_copy_pathname(entry, name);
        archive_entry_set_mode(entry, S_IFREG | 0600);
        archive_entry_set_uid(entry, 0);
        archive_entry_set_gid(entry, 0);
        archive_entry_set_mtime(entry, st->st_mtim.tv_sec, 0);
        archive_entry_set_size(entry, 0);
        rc = write_header(p, entry, name, err);
        archive_entry_free(entry);
        return rc;
}

static int pack_entry(struct packer *p, int dir_fd, const char *last, const char *name,
                      const struct stat *st, struct error *err)
{
        struct archive_entry *entry = archive_entry_new();
        const char *target = NULL;
        char link[PATH_MAX];
        int rc = 0;

        archive_entry_copy_stat(entry, st);
        archive_entry_copy_pathname(entry, name);
        if (S_ISLNK(st->st_mode)) {
                ssize_t len = readlinkat(dir_fd, last, link, sizeof(link) - 1);

                link[len > 0 ? len : 0] = '\0';
                archive_entry_copy_symlink(entry, link);
        } else if (!S_ISDIR(st->st_mode) && st->st_nlink > 1) {
                target = link_names_first(&p->links, st, name);
        }
        if (target) {
                archive_entry_copy_hardlink(entry, target);
                archive_entry_unset_size(entry);
        } else {
                add_xattrs(entry, dir_fd, last);
        }
        if (!S_ISREG(st->st_mode))
                archive_entry_set_size(entry, 0);
        rc = write_header(p, entry, name, err);
        archive_entry_free(entry);
        if (rc == 0 && !target && S_ISREG(st->st_mode) && st->st_size > 0)
                rc = write_contents(p, dir_fd, last, name, (uint64_t)st->st_size, err);
        return rc;
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
        if (pack_entry(p, dir_fd, last, prefix, st, err) < 0)
                return -1;
        if (!p->options->mounts && mount_of(fd, "") != p->mount)
                return 0; /* a mount point: only itself */
        if (p->options->whiteouts && whiteout_is_opaque(fd)) {
                AUTO_FREE char *marker = xasprintf("%s" WHITEOUT_OPAQUE, prefix);

                if (pack_marker(p, marker, st, err) < 0)
                        return -1;
        }
        return pack_dir(p, fd, prefix, err);
}

static bool skipped(const struct packer *p, const char *name, const struct stat *st)
{
        return S_ISSOCK(st->st_mode) ||
               (S_ISREG(st->st_mode) && st->st_size == 0 && p->options->skip_empty &&
                strv_contains(p->options->skip_empty, name));
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
                if (pack_marker(p, marker, &now, err) < 0)
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
        if (whiteout_is(&st)) {
                AUTO_FREE char *marker = xasprintf("%s" WHITEOUT_PREFIX "%s", prefix, last);

                return p->options->whiteouts ? pack_marker(p, marker, &st, err) : 0;
        }
        take_record(p, dir_fd, last, &st);
        if (skipped(p, name, &st))
                return 0;
        if (S_ISDIR(st.st_mode))
                return pack_subdir(p, dir_fd, last, name, &st, err);
        if (!p->options->mounts && mount_of(dir_fd, last) != p->mount)
                return 0;
        return pack_entry(p, dir_fd, last, name, &st, err);
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

static void packer_release(struct packer *p)
{
        link_names_release(&p->links);
        free(p->piece);
        archive_write_fail(p->archive);
        archive_write_free(p->archive);
}

static void packer_open(struct packer *p)
{
        p->archive = archive_write_new();
        p->piece = xmalloc(PIECE);
        /* Names that are no UTF-8 go as they are. */
        (void)setlocale(LC_CTYPE, "C.UTF-8");
        archive_write_set_format_pax_restricted(p->archive);
        (void)archive_write_set_format_option(p->archive, "pax", "xattrheader", "SCHILY");
        archive_write_set_bytes_per_block(p->archive, 0);
        archive_write_open(p->archive, p, NULL, write_out, NULL);
}

int pack_entry_as(int dir_fd, const char *entry, const char *name,
                  const struct pack_options *options, int out_fd, struct error *err)
{
        struct packer p = { .options = options,
                            .out_fd = out_fd,
                            .mount = mount_of(dir_fd, entry) };
        struct stat st;
        int rc;

        packer_open(&p);
        rc = fstatat(dir_fd, entry, &st, AT_SYMLINK_NOFOLLOW) < 0
                     ? error_sys(err, errno, "look at %s", name)
                     : 0;
        if (rc == 0) {
                take_record(&p, dir_fd, entry, &st);
                rc = S_ISDIR(st.st_mode) ? pack_subdir(&p, dir_fd, entry, name, &st, err)
                                         : pack_entry(&p, dir_fd, entry, name, &st, err);
        }
        if (rc == 0 && archive_write_close(p.archive) != ARCHIVE_OK)
                rc = failed(&p, "the archive", err);
        packer_release(&p);
        return rc;
}

int pack_tree(int root_fd, const struct pack_options *options, int out_fd, struct error *err)
{
        struct packer p = { .options = options, .out_fd = out_fd, .mount = mount_of(root_fd, "") };
        struct stat st;
        int rc;

        packer_open(&p);
        rc = fstat(root_fd, &st) < 0 ? error_sys(err, errno, "look at the root") : 0;
        take_record(&p, root_fd, ".", &st);
        if (rc == 0)
                rc = pack_entry(&p, root_fd, ".", "./", &st, err);
        if (rc == 0)
                rc = pack_dir(&p, root_fd, "", err);
        if (rc == 0 && archive_write_close(p.archive) != ARCHIVE_OK)
                rc = failed(&p, "the archive", err);
        packer_release(&p);
        return rc;
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
        (void)fcntl(data[1], F_SETPIPE_SZ, 1 << 20);
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
