/* COPY and ADD. See copying.h; the files of a directory: copying_walk.c. */
#include "engine/build/copying.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/build/add_archive.h"
#include "engine/build/copying_walk.h"
#include "engine/build/glob.h"

#include <fcntl.h>
#include <string.h>

void copying_release(struct copying *copying)
{
        build_ignore_release(&copying->exclude);
        for (size_t i = 0; i < copying->download_count; i++) {
                free(copying->downloads[i].url);
                free(copying->downloads[i].name);
                if (copying->downloads[i].fd >= 0)
                        close(copying->downloads[i].fd);
        }
        free(copying->downloads);
        *copying = (struct copying){ .root_fd = -1 };
}

static size_t source_count(const struct copying *c)
{
        return c->instruction->words.count - 1;
}

static bool ends_like_directory(const char *path)
{
        size_t len = strlen(path);

        return len == 0 || path[len - 1] == '/' || strcmp(path, ".") == 0 ||
               (len > 1 && strcmp(path + len - 2, "/.") == 0);
}

/* Absolute; *directory: it has to be one. */
static char *destination(const struct copying *c, bool *directory)
{
        const char *text = c->instruction->words.items[source_count(c)];
        AUTO_FREE char *joined =
                text[0] == '/' ? xstrdup(text) : xasprintf("/%s/%s", c->workdir, text);
        char *path = path_clean(joined);
        AUTO_CLOSE int fd = path_open_in(c->view->fd, path, O_PATH | O_DIRECTORY, 0);

        *directory = ends_like_directory(text) || source_count(c) > 1 || fd >= 0;
        return path;
}

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

/* Where a single file goes. */
static char *file_target(const char *to, bool directory, const char *name)
{
        return directory ? path_join(to, name) : xstrdup(to);
}

/* With --parents: the path below the context, from "/./" on. */
static char *parents_target(const char *to, const char *source, const char *match)
{
        const char *pivot = strstr(source, "/./");
        const char *rest = match;

        for (const char *p = source; pivot && p < pivot; p++)
                if (*p == '/' && p[1] != '/' && p > source)
                        rest = strchr(rest, '/') ? strchr(rest, '/') + 1 : rest;
        if (pivot && strchr(rest, '/'))
                rest = strchr(rest, '/') + 1;
        return path_join(to, rest);
}

static int open_match(const struct copying *c, const char *match, struct stat *st,
                      struct error *err)
{
        AUTO_CLOSE int path_fd = path_open_in(c->root_fd, match, O_PATH, 0);
        int fd;

        if (path_fd < 0 || fstat(path_fd, st) < 0)
                return error_sys(err, errno, "open %s", match);
        if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
                return error_set(err, ERROR_UNSUPPORTED, "%s is neither file nor directory", match);
        fd = path_open_in(c->root_fd, match, O_RDONLY | O_NONBLOCK, 0);
        return fd < 0 ? error_sys(err, errno, "open %s", match) : fd;
}

static int emit_directory(const struct copying *c, struct place *place, int fd, const char *match,
                          const char *to, struct error *err)
{
        struct stat st = { .st_mode = S_IFDIR | 0755,
                           .st_uid = place->uid,
                           .st_gid = place->gid,
                           .st_mtim = { .tv_sec = time(NULL) } };
        AUTO_CLOSE int there = path_open_in(c->view->fd, to, O_PATH | O_DIRECTORY, 0);

        if (c->has_mode)
                st.st_mode = S_IFDIR | c->mode;
        if (there < 0 && place_dir(place, to, -1, NULL, &st, err) < 0)
                return -1;
        return copying_walk(c, place, fd, strcmp(match, ".") == 0 ? "" : match, to, err);
}

static int emit_match(const struct copying *c, struct place *place, const char *source,
                      const char *match, const char *to, bool directory, struct error *err)
{
        AUTO_FREE char *target = NULL;
        AUTO_CLOSE int fd = -1;
        struct stat st;

        fd = open_match(c, match, &st, err);
        if (fd < 0)
                return -1;
        if (c->parents && strcmp(match, ".") != 0)
                target = parents_target(to, source, match);
        else
                target = S_ISDIR(st.st_mode) ? xstrdup(to)
                                             : file_target(to, directory, base_name(match));
        if (S_ISDIR(st.st_mode))
                return emit_directory(c, place, fd, match, target, err);
        if (c->extract && add_archive_is(fd))
                return add_archive_emit(c, place, fd, to, err);
        copying_adjust(c, fd, NULL, &st);
        return place_open_file(place, target, fd, &st, err);
}

static int no_match(const struct copying *c, const char *source, struct error *err)
{
        return error_set(err, ERROR_NOT_FOUND,
                         "checking on sources under \"%s\": copier: stat: \"%s%s\": no such file "
                         "or directory",
                         c->root_name, source[0] == '/' ? "" : "/", source);
}

/* What a pattern stands for, without what is to be left out. */
static int emit_source(const struct copying *c, struct place *place, const char *source,
                       const char *to, bool directory, struct error *err)
{
        AUTO(strv) matches = { 0 };
        size_t kept = 0;

        if (c->root_fd < 0)
                return error_set(err, ERROR_USAGE, "there is no build context to copy %s from",
                                 source);
        if (glob_expand(c->root_fd, source, &matches, err) < 0)
                return -1;
        if (matches.count == 0)
                return no_match(c, source, err);
        for (size_t i = 0; i < matches.count; i++) {
                if (!copying_wants(c, matches.items[i], base_name(matches.items[i])))
                        continue;
                kept++;
                if (emit_match(c, place, source, matches.items[i], to,
                               directory || matches.count > 1, err) < 0)
                        return -1;
        }
        if (kept > 0)
                return 0;
        return error_set(err, ERROR_NOT_FOUND,
                         "no items matching glob \"%s/%s\" copied (%zu filtered out)", c->root_name,
                         source, matches.count);
}

static int emit_heredoc(const struct copying *c, struct place *place, const struct heredoc *doc,
                        const char *to, bool directory, struct error *err)
{
        AUTO_FREE char *target = file_target(to, directory, doc->name);
        struct stat st = { .st_mode = S_IFREG | 0644, .st_mtim = { .tv_sec = time(NULL) } };

        copying_adjust(c, -1, NULL, &st);
        return place_data(place, target, &st, doc->content, strlen(doc->content), err);
}

static int emit_download(const struct copying *c, struct place *place,
                         const struct copying_download *download, const char *to, bool directory,
                         struct error *err)
{
        AUTO_FREE char *target = file_target(to, directory, download->name);
        struct stat st;

        if (fstat(download->fd, &st) < 0)
                return error_sys(err, errno, "look at %s", download->url);
        st.st_mode = S_IFREG | 0600;
        copying_adjust(c, -1, NULL, &st);
        return place_open_file(place, target, download->fd, &st, err);
}

static const struct heredoc *find_heredoc(const struct copying *c, const char *word, size_t *at)
{
        if (strncmp(word, "<<", 2) != 0 || *at >= c->instruction->heredoc_count)
                return NULL;
        return &c->instruction->heredocs[(*at)++];
}

static const struct copying_download *find_download(const struct copying *c, const char *word)
{
        for (size_t i = 0; i < c->download_count; i++)
                if (strcmp(c->downloads[i].url, word) == 0)
                        return &c->downloads[i];
        return NULL;
}

int copying_emit(const struct copying *c, struct pack_stream *stream, struct error *err)
{
        AUTO(place)
        place = { .view = c->view,
                  .stream = stream,
                  .uid = c->owned ? c->uid : 0,
                  .gid = c->owned ? c->gid : 0 };
        bool directory;
        AUTO_FREE char *to = destination(c, &directory);
        size_t docs = 0;

        for (size_t i = 0; i < source_count(c); i++) {
                const char *word = c->instruction->words.items[i];
                const struct heredoc *doc = find_heredoc(c, word, &docs);
                const struct copying_download *download = find_download(c, word);
                int rc = doc        ? emit_heredoc(c, &place, doc, to, directory, err)
                         : download ? emit_download(c, &place, download, to, directory, err)
                                    : emit_source(c, &place, word, to, directory, err);

                if (rc < 0)
                        return -1;
        }
        return 0;
}

/* podman's: of several sources "multi", of one what it is. */
static const char *kind_of(const struct copying *c)
{
        AUTO_CLOSE int fd = -1;

        if (source_count(c) > 1)
                return "multi";
        if (c->instruction->heredoc_count || c->download_count || c->root_fd < 0)
                return "file";
        fd = path_open_in(c->root_fd, c->instruction->words.items[0], O_PATH | O_DIRECTORY, 0);
        return fd >= 0 ? "dir" : "file";
}

int copying_digest(const struct copying *c, char **text_out, struct error *err)
{
        const time_t zero = 0;
        struct digest_context hash;
        struct pack_stream_options options = {
                .out_fd = -1, .digest = &hash, .mtime = &zero, .cancel = c->cancel
        };
        struct pack_stream *stream;
        struct digest digest;

        digest_init(&hash);
        stream = pack_stream_open(&options);
        if (copying_emit(c, stream, err) < 0) {
                pack_stream_abort(stream);
                return -1;
        }
        if (pack_stream_close(stream, err) < 0)
                return -1;
        digest_final(&hash, &digest);
        *text_out = xasprintf("%s:%s", kind_of(c), digest_hex(&digest));
        return 0;
}
