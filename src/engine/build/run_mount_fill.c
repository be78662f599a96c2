/* RUN --mount as mounts of the step's container. See run_mount.h. */
#include "engine/build/run_cache.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "engine/build/copying.h"
#include "engine/container/spec_mounts.h"
#include "engine/storage/digest.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SECRET_MAX ((size_t)512000)

static int find_root(struct stage *stage, const struct run_mount *m, struct from *from,
                     struct error *err)
{
        const struct executor_options *options = stage->executor->options;

        if (m->from && m->from[0])
                return from_find(stage, m->from, from, err);
        *from = (struct from){ .fd = options->context_fd,
                               .ignore = options->ignore,
                               .name = options->context_name };
        return from->fd >= 0 ? 0
                             : error_set(err, ERROR_USAGE, "there is no build context to mount");
}

/* Of a directory of the host: what COPY of it would have. */
static int sum_of(struct stage *stage, const struct from *from, const char *source, char **text_out,
                  struct error *err)
{
        struct instruction copy = { .kind = INSTRUCTION_COPY };
        struct view nothing = VIEW_EMPTY;
        struct copying copying = { .instruction = &copy,
                                   .root_fd = from->fd,
                                   .root_name = from->name,
                                   .ignore = from->ignore,
                                   .view = &nothing,
                                   .cancel = stage->executor->options->cancel,
                                   .workdir = "/" };
        int rc;

        strv_add(&copy.words, source);
        strv_add(&copy.words, "/");
        rc = view_open(stage->executor->store, &stage->executor->staging, NULL, &nothing, err);
        if (rc == 0)
                rc = copying_digest(&copying, text_out, err);
        view_close(stage->executor->store, &nothing);
        strv_release(&copy.words);
        return rc;
}

static const char *source_of(const struct run_mount *m)
{
        return m->source && m->source[0] ? m->source : ".";
}

int run_mounts_sums(struct stage *stage, const struct run_mounts *mounts, struct strbuf *text,
                    struct error *err)
{
        for (size_t i = 0; i < mounts->count; i++) {
                const struct run_mount *m = &mounts->items[i];
                AUTO_FREE char *sum = NULL;
                struct from from;

                if (m->type != RUN_MOUNT_BIND)
                        continue;
                if (find_root(stage, m, &from, err) < 0)
                        return -1;
                if (!from.version[0] && sum_of(stage, &from, source_of(m), &sum, err) < 0)
                        return -1;
                strbuf_addf(text, ":%s", from.version[0] ? from.version : sum);
        }
        return 0;
}

/* The host's path of what is below a root, links in it resolved inside of that. */
static int host_path(int root_fd, const char *path, char **out, struct error *err)
{
        AUTO_CLOSE int fd = path_open_in(root_fd, path, O_PATH, 0);
        char link[32], target[PATH_MAX];
        ssize_t n;

        if (fd < 0)
                return error_sys(err, errno, "mount %s", path);
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = readlink(link, target, sizeof(target) - 1);
        if (n < 0)
                return error_sys(err, errno, "mount %s", path);
        target[n] = '\0';
        *out = xstrdup(target);
        return 0;
}

/* Absolute; a relative one is below the stage's directory. */
static char *target_of(const struct stage *stage, const struct run_mount *m)
{
        const char *workdir =
                json_get_string(json_object_get(stage->config, "config"), "WorkingDir", "");
        AUTO_FREE char *joined =
                m->target[0] == '/' ? xstrdup(m->target) : xasprintf("/%s/%s", workdir, m->target);

        return path_clean(joined);
}

static struct container_mount *add_bind(struct stage *stage, const struct run_mount *m,
                                        struct container_spec *spec, char *source)
{
        struct container_mount *mount = container_mount_add(spec, MOUNT_BIND);

        mount->source = source;
        mount->target = target_of(stage, m);
        return mount;
}

/* What is written to it is dropped: neither the context nor another stage changes. */
static int fill_bind(struct stage *stage, const struct run_mount *m, struct container_spec *spec,
                     struct error *err)
{
        struct container_mount *mount;
        struct from from;
        char *source;

        if (find_root(stage, m, &from, err) < 0 ||
            host_path(from.fd, source_of(m), &source, err) < 0)
                return -1;
        mount = add_bind(stage, m, spec, source);
        mount->overlay = m->writable;
        if (!m->writable)
                strv_add(&mount->options, "ro");
        return 0;
}

static void fill_tmpfs(struct stage *stage, const struct run_mount *m, struct container_spec *spec)
{
        struct container_mount *mount = container_mount_add(spec, MOUNT_TMPFS);

        mount->target = target_of(stage, m);
        if (m->size)
                strv_addf(&mount->options, "size=%s", m->size);
        if (m->mode)
                strv_addf(&mount->options, "mode=%s", m->mode);
        if (m->read_only)
                strv_add(&mount->options, "ro");
}

static int fill_cache(struct stage *stage, const struct run_mount *m, struct run_mounts *mounts,
                      struct container_spec *spec, struct error *err)
{
        AUTO_FREE char *path = NULL;
        struct container_mount *mount;

        if (run_cache_take(stage->executor->store, m, mounts, &path, err) < 0)
                return -1;
        mount = add_bind(stage, m, spec, path_join(stage->executor->store->root, path));
        if (m->read_only)
                strv_add(&mount->options, "ro");
        return 0;
}

int run_mounts_file(struct stage *stage, struct run_mounts *mounts, const void *data, size_t len,
                    mode_t mode, char **path_out, struct error *err)
{
        const struct executor *executor = stage->executor;
        AUTO_FREE char *name = xasprintf("file-%d-%zu", getpid(), mounts->files.count);

        if (fd_write_file(executor->staging.dir_fd, name, data, len, mode, err) < 0)
                return -1;
        strv_add(&mounts->files, name);
        *path_out =
                xasprintf("%s/staging/%s/%s", executor->store->root, executor->staging.name, name);
        return 0;
}

void run_mounts_end(struct stage *stage, struct run_mounts *mounts)
{
        for (size_t i = 0; i < mounts->files.count; i++)
                (void)unlinkat(stage->executor->staging.dir_fd, mounts->files.items[i], 0);
}

static const struct build_secret *find_secret(const struct stage *stage, const char *id)
{
        const struct executor_options *options = stage->executor->options;

        for (size_t i = 0; i < options->secret_count; i++)
                if (strcmp(options->secrets[i].id, id) == 0)
                        return &options->secrets[i];
        return NULL;
}

static int read_secret(const struct build_secret *secret, char **data_out, size_t *len_out,
                       struct error *err)
{
        const char *value = secret->env ? getenv(secret->env) : NULL;

        if (secret->file)
                return fd_read_file(AT_FDCWD, secret->file, SECRET_MAX, data_out, len_out, err);
        if (!value)
                return error_set(err, ERROR_NOT_FOUND, "the secret %s: the variable %s is not set",
                                 secret->id, secret->env);
        *data_out = xstrdup(value);
        *len_out = strlen(value);
        return 0;
}

static int show_secret(struct stage *stage, const struct run_mount *m, struct run_mounts *mounts,
                       const char *data, size_t len, struct container_spec *spec, struct error *err)
{
        struct container_mount *mount;
        char *path;

        if (run_mounts_file(stage, mounts, data, len, run_cache_mode(m, 0400), &path, err) < 0)
                return -1;
        mount = add_bind(stage, m, spec, path);
        strv_add(&mount->options, "ro");
        if (m->owned && run_cache_give(stage->executor->staging.dir_fd,
                                       mounts->files.items[mounts->files.count - 1], m) < 0)
                return error_sys(err, errno, "set the owner of the secret %s", m->id);
        return 0;
}

static int fill_secret(struct stage *stage, const struct run_mount *m, struct run_mounts *mounts,
                       struct container_spec *spec, struct error *err)
{
        const struct build_secret *secret = find_secret(stage, m->id);
        AUTO_FREE char *data = NULL;
        size_t len;
        int rc = 0;

        if (!secret && m->required)
                return error_set(err, ERROR_NOT_FOUND,
                                 "secret required but no secret with id \"%s\" found", m->id);
        if (!secret)
                return 0;
        if (read_secret(secret, &data, &len, err) < 0)
                return -1;
        if (m->target)
                rc = show_secret(stage, m, mounts, data, len, spec, err);
        if (rc == 0 && m->env) {
                AUTO_FREE char *assignment = xasprintf("%s=%s", m->env, data);

                strv_env_set(&spec->env, assignment);
        }
        explicit_bzero(data, len);
        return rc;
}

int run_mounts_fill(struct stage *stage, struct run_mounts *mounts, struct container_spec *spec,
                    struct error *err)
{
        for (size_t i = 0; i < mounts->count; i++) {
                const struct run_mount *m = &mounts->items[i];
                int rc = 0;

                switch (m->type) {
                case RUN_MOUNT_BIND:
                        rc = fill_bind(stage, m, spec, err);
                        break;
                case RUN_MOUNT_CACHE:
                        rc = fill_cache(stage, m, mounts, spec, err);
                        break;
                case RUN_MOUNT_TMPFS:
                        fill_tmpfs(stage, m, spec);
                        break;
                case RUN_MOUNT_SECRET:
                        rc = fill_secret(stage, m, mounts, spec, err);
                        break;
                }
                if (rc < 0)
                        return -1;
        }
        return 0;
}
