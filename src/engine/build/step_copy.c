/* COPY and ADD of a stage: what they mean, then a layer of it. See stage.h. */
#include "engine/build/stage.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/build/copying.h"
#include "engine/build/feed.h"
#include "engine/container/user.h"
#include "engine/registry/download.h"

#include <fcntl.h>
#include <string.h>

static const char *workdir_of(const struct stage *stage)
{
        const char *dir =
                json_get_string(json_object_get(stage->config, "config"), "WorkingDir", "");

        return dir[0] ? dir : "/";
}

static void read_account(const struct view *view, const char *path, char **text_out)
{
        AUTO_CLOSE int fd = path_open_in(view->fd, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);

        if (fd >= 0)
                (void)fd_read_rest(fd, LIMIT_PASSWD, text_out, NULL, NULL);
}

/* "user[:group]"; a user without a group has the group of that number. */
static int find_owner(const struct stage *stage, const char *text, struct copying *copying,
                      struct error *err)
{
        AUTO_FREE char *passwd = NULL;
        AUTO_FREE char *group = NULL;
        struct container_user user;
        unsigned id;

        read_account(&stage->view, "etc/passwd", &passwd);
        read_account(&stage->view, "etc/group", &group);
        if (user_resolve(text, passwd, group, &user, err) < 0)
                return error_context(err, "looking up UID/GID for \"%s\"", text);
        copying->owned = true;
        copying->uid = user.uid;
        copying->gid = user.gid;
        if (!strchr(text, ':') && user_parse_id(text, &id) && !user_is_listed(passwd, NULL, id))
                copying->gid = id;
        return 0;
}

static int read_mode(const char *text, struct copying *copying, struct error *err)
{
        size_t len = strlen(text);

        if (len == 0 || len > 5 || strspn(text, "01234567") != len)
                return error_set(err, ERROR_INVALID, "parsing chmod \"%s\": it is no octal number",
                                 text);
        copying->has_mode = true;
        copying->mode = (mode_t)strtoul(text, NULL, 8) & 07777;
        return 0;
}

static int read_flags(struct stage *stage, const struct instruction *instruction,
                      struct copying *copying, struct error *err)
{
        const char *chown = instruction_flag(instruction, "chown");
        const char *chmod = instruction_flag(instruction, "chmod"), *pattern;
        size_t at = 0;

        copying->parents = instruction_has(instruction, "parents");
        while ((pattern = instruction_flag_next(instruction, "exclude", &at)))
                if (build_ignore_add(&copying->exclude, pattern, err) < 0)
                        return -1;
        if (chown && chown[0] && find_owner(stage, chown, copying, err) < 0)
                return -1;
        return chmod && chmod[0] ? read_mode(chmod, copying, err) : 0;
}

static int find_root(struct stage *stage, const struct instruction *instruction,
                     struct copying *copying, struct error *err)
{
        const struct executor_options *options = stage->executor->options;
        const char *name = instruction_flag(instruction, "from");
        struct from from;

        copying->root_fd = options->context_fd;
        copying->root_name = options->context_name;
        copying->ignore = options->ignore;
        if (!name || !name[0])
                return 0;
        if (from_find(stage, name, &from, err) < 0)
                return -1;
        copying->root_fd = from.fd;
        copying->root_name = from.name;
        copying->ignore = from.ignore;
        copying->from = from.view;
        return 0;
}

static bool is_git(const char *source)
{
        return strncmp(source, "git://", 6) == 0 || strncmp(source, "git@", 4) == 0 ||
               (download_is_url(source) &&
                (path_ends_with(source, ".git") || strstr(source, ".git#")));
}

/* The last part of its path. */
static char *name_of_url(const char *url)
{
        const char *path = strstr(url, "://") + 3;
        size_t len = strcspn(path, "?#");
        AUTO_FREE char *whole = xstrndup(path, len);
        const char *slash = strrchr(whole, '/');

        return xstrdup(slash ? slash + 1 : "");
}

static int check_sum(int fd, const char *url, const char *expected, struct error *err)
{
        AUTO_FREE char *piece = xmalloc(1 << 16);
        struct digest_context hash;
        struct digest wanted, got;
        ssize_t n;

        if (digest_parse(expected, &wanted, err) < 0)
                return error_context(err, "invalid checksum flag");
        digest_init(&hash);
        while ((n = read(fd, piece, 1 << 16)) > 0)
                digest_update(&hash, piece, (size_t)n);
        digest_final(&hash, &got);
        if (n < 0 || lseek(fd, 0, SEEK_SET) < 0)
                return error_sys(err, errno, "read what came from %s", url);
        if (digest_equal(&wanted, &got))
                return 0;
        return error_set(err, ERROR_INVALID, "unexpected response digest for \"%s\": %s, want %s",
                         url, got.text, wanted.text);
}

static int fetch(struct stage *stage, const struct instruction *instruction, const char *url,
                 struct copying *copying, struct error *err)
{
        const struct executor_options *options = stage->executor->options;
        const struct download_options how = { .insecure = options->pull.registry.tls_verify == 0,
                                              .cancel = options->cancel };
        const char *sum = instruction_flag(instruction, "checksum");
        AUTO_CLOSE int fd = download(stage->executor->store, url, &how, err);
        struct copying_download *download;

        if (fd < 0 || (sum && check_sum(fd, url, sum, err) < 0))
                return -1;
        copying->downloads = xreallocarray(copying->downloads, copying->download_count + 1,
                                           sizeof(*copying->downloads));
        download = &copying->downloads[copying->download_count++];
        *download = (struct copying_download){ .url = xstrdup(url),
                                               .name = name_of_url(url),
                                               .fd = take_fd(&fd) };
        if (download->name[0])
                return 0;
        return error_set(err, ERROR_INVALID, "the URL %s names no file", url);
}

/* Only ADD fetches, and only from the web. */
static int fetch_all(struct stage *stage, const struct instruction *instruction,
                     struct copying *copying, struct error *err)
{
        const char *sum = instruction_flag(instruction, "checksum");

        for (size_t i = 0; i + 1 < instruction->words.count; i++) {
                const char *source = instruction->words.items[i];
                bool url = download_is_url(source);

                if (is_git(source))
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "%s: repositories are not fetched; clone it and name the "
                                         "directory",
                                         source);
                if (url && instruction->kind == INSTRUCTION_COPY)
                        return error_set(err, ERROR_INVALID, "source can't be a URL for COPY");
                if (!url && sum)
                        return error_set(err, ERROR_INVALID,
                                         "checksum flag is not supported for local sources");
                if (url && fetch(stage, instruction, source, copying, err) < 0)
                        return -1;
        }
        return 0;
}

static int write_layer(void *data, struct pack_stream *stream, struct error *err)
{
        return copying_emit(data, stream, err);
}

static char *describe(const struct stage *stage, const struct instruction *instruction,
                      const char *digest)
{
        const char *to = instruction->words.items[instruction->words.count - 1];
        AUTO_FREE char *text =
                xasprintf("/bin/sh -c #(nop) %s%s %s in %s ", instruction_name(instruction->kind),
                          instruction_has(instruction, "link") ? " --link" : "", digest, to);

        return stage_created_by(stage, text);
}

static int copy(struct stage *stage, struct copying *copying, struct error *err)
{
        const struct instruction *instruction = copying->instruction;
        AUTO_FREE char *digest = NULL;
        AUTO_FREE char *created_by = NULL;
        struct built_layer layer;
        struct intake *intake;
        int rc;

        if (find_root(stage, instruction, copying, err) < 0 ||
            read_flags(stage, instruction, copying, err) < 0 ||
            fetch_all(stage, instruction, copying, err) < 0 ||
            copying_digest(copying, &digest, err) < 0)
                return -1;
        created_by = describe(stage, instruction, digest);
        rc = stage_reuse(stage, created_by, true, err);
        if (rc != 0)
                return rc < 0 ? -1 : 0;
        if (stage_intake(stage, &intake, err) < 0 ||
            feed_layer(intake, copying->mtime, write_layer, copying, &layer, err) < 0)
                return -1;
        return stage_settle(stage, &layer, created_by, err);
}

/* --link: as if nothing was there. */
static int choose_view(struct stage *stage, struct copying *copying, struct view *nothing,
                       struct error *err)
{
        struct executor *executor = stage->executor;

        if (stage_view(stage, err) < 0)
                return -1;
        copying->view = &stage->view;
        if (!instruction_has(copying->instruction, "link"))
                return 0;
        if (view_open(executor->store, &executor->staging, NULL, nothing, err) < 0)
                return -1;
        copying->view = nothing;
        return 0;
}

int step_copy(struct stage *stage, const struct instruction *instruction, struct error *err)
{
        struct view nothing = VIEW_EMPTY;
        AUTO(copying)
        copying = { .instruction = instruction,
                    .root_fd = -1,
                    .workdir = workdir_of(stage),
                    .mtime = stage->executor->options->timestamp,
                    .cancel = stage->executor->options->cancel,
                    .extract = instruction->kind == INSTRUCTION_ADD };
        int rc = choose_view(stage, &copying, &nothing, err);

        if (rc == 0)
                rc = copy(stage, &copying, err);
        view_close(stage->executor->store, &nothing);
        return rc;
}
