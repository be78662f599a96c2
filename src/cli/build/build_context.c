/* Reading what a build is given. See build_context.h. An archive, from standard input or the web,
 * is unpacked into the staging directory. */
#include "cli/build/build_context.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "cli/options/env.h"
#include "engine/build/add_archive.h"
#include "engine/registry/download.h"
#include "engine/storage/inflate.h"
#include "engine/storage/unpack.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define PIECE ((size_t)256 << 10)

void build_input_release(struct build_input *input)
{
        for (size_t i = 0; i < input->context_count; i++) {
                free(input->contexts[i].name);
                free(input->contexts[i].image);
                free(input->contexts[i].path);
                build_ignore_release(&input->contexts[i].ignore);
                if (input->contexts[i].fd >= 0)
                        close(input->contexts[i].fd);
        }
        free(input->contexts);
        containerfile_release(&input->file);
        build_args_release(&input->args);
        build_ignore_release(&input->ignore);
        free(input->context);
        if (input->context_fd >= 0)
                close(input->context_fd);
        staging_release(&input->staging);
}

static int open_directory(const char *path, int *fd_out, struct error *err)
{
        *fd_out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (*fd_out < 0 && errno == ENOTDIR)
                return error_set(err, ERROR_USAGE, "context must be a directory: \"%s\"", path);
        return *fd_out < 0 ? error_sys(err, errno, "the build context %s", path) : 0;
}

struct piece_source {
        struct inflater *inflater;
        char *piece;
};

static ssize_t next_piece(void *data, const void **piece_out, struct error *err)
{
        struct piece_source *source = data;

        *piece_out = source->piece;
        return inflater_read(source->inflater, source->piece, PIECE, err);
}

static int unpack(int fd, int to_fd, struct error *err)
{
        AUTO_FREE char *piece = xmalloc(PIECE);
        struct piece_source source = { .piece = piece };
        struct unpack_source unpacking = { .next = next_piece,
                                           .data = &source,
                                           .plain = true,
                                           .recorded =
                                                   userns_mapping_records(userns_own_mapping()) };
        struct unpack_result result = { 0 };
        mode_t mask = umask(0);
        int rc = -1;

        if (lseek(fd, 0, SEEK_SET) < 0)
                error_sys(err, errno, "read the archive");
        else if (inflater_open(fd, LAYER_DETECT, UINT64_MAX, &source.inflater, err) == 0)
                rc = unpack_tar(to_fd, &unpacking, &result, err);
        inflater_close(source.inflater);
        unpack_result_release(&result);
        umask(mask);
        return rc < 0 ? error_context(err, "the build context") : 0;
}

/* An empty directory of the store, and in it what the archive has. */
static int make_context(const struct store *store, int archive_fd, struct build_input *input,
                        struct error *err)
{
        if (staging_create(store, "context", &input->staging, err) < 0)
                return -1;
        if (mkdirat(input->staging.dir_fd, "files", 0755) < 0)
                return error_sys(err, errno, "create a directory for the build context");
        input->context_fd =
                openat(input->staging.dir_fd, "files", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (input->context_fd < 0)
                return error_sys(err, errno, "open the build context");
        return archive_fd >= 0 ? unpack(archive_fd, input->context_fd, err) : 0;
}

/* Standard input, whole: an archive is looked at from its beginning. */
static int spool(const struct store *store, int from, int *fd_out, struct error *err)
{
        AUTO_FREE char *piece = xmalloc(PIECE);
        AUTO_CLOSE int fd = openat(store->root_fd, "staging", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
        ssize_t n;

        if (fd < 0)
                return error_sys(err, errno, "create a temporary file");
        while ((n = read(from, piece, PIECE)) > 0 || (n < 0 && errno == EINTR))
                if (n > 0 && fd_write_all(fd, piece, (size_t)n) < 0)
                        return error_sys(err, errno, "write a temporary file");
        if (n < 0 || lseek(fd, 0, SEEK_SET) < 0)
                return error_sys(err, errno, "read the build context");
        *fd_out = take_fd(&fd);
        return 0;
}

/* One file: an archive is the context, anything else the Containerfile of an empty one. */
static int take_file(const struct store *store, int fd, const char *name, struct build_input *input,
                     struct error *err)
{
        bool archive = add_archive_is(fd);

        if (make_context(store, archive ? fd : -1, input, err) < 0)
                return -1;
        if (archive)
                return 0;
        if (lseek(fd, 0, SEEK_SET) < 0)
                return error_sys(err, errno, "read %s", name);
        return containerfile_read_fd(&input->file, fd, name, err);
}

bool build_context_is_git(const char *text)
{
        return strncmp(text, "git://", 6) == 0 || strncmp(text, "git@", 4) == 0 ||
               strncmp(text, "github.com/", 11) == 0 || path_ends_with(text, ".git") ||
               strstr(text, ".git#");
}

static int fetch(const struct store *store, const char *url, const struct build_input *input,
                 struct error *err)
{
        const struct download_options options = { .insecure = input->insecure };

        return download(store, url, &options, err);
}

/* Of a Containerfile alone, the directory that it is in. */
static char *context_of_files(const struct strv *files)
{
        AUTO_FREE char *path = NULL;

        if (files->count == 0 || strcmp(files->items[0], "-") == 0 ||
            download_is_url(files->items[0]))
                return path_absolute(".");
        path = path_absolute(files->items[0]);
        return xstrndup(path, (size_t)(strrchr(path, '/') - path) + (strrchr(path, '/') == path));
}

static int open_context(const struct store *store, const struct strv *files, const char *operand,
                        struct build_input *input, struct error *err)
{
        AUTO_CLOSE int fd = -1;

        if (operand && strcmp(operand, "-") == 0) {
                input->context = xstrdup("standard input");
                return spool(store, STDIN_FILENO, &fd, err) < 0
                               ? -1
                               : take_file(store, fd, "-", input, err);
        }
        if (operand && build_context_is_git(operand) && access(operand, F_OK) < 0)
                return error_set(
                        err, ERROR_UNSUPPORTED,
                        "%s: repositories are not fetched; clone it and name the directory",
                        operand);
        if (operand && download_is_url(operand)) {
                input->context = xstrdup(operand);
                fd = fetch(store, operand, input, err);
                return fd < 0 ? -1 : take_file(store, fd, operand, input, err);
        }
        input->context = operand ? path_absolute(operand) : context_of_files(files);
        return open_directory(input->context, &input->context_fd, err);
}

/* A context that came as an archive leads nowhere else, and nothing in it is waited for. */
static int read_within(struct build_input *input, const char *path, struct error *err)
{
        AUTO_CLOSE int fd = -1;

        if (input->staging.dir_fd < 0)
                return containerfile_read(&input->file, input->context_fd, path, err);
        fd = path_open_in(input->context_fd, path, O_RDONLY | O_NONBLOCK, 0);
        if (fd < 0)
                return error_sys(err, errno, "open %s in the build context", path);
        return containerfile_read_fd(&input->file, fd, path, err);
}

/* As named, else below the context. */
static int read_file(const struct store *store, struct build_input *input, const char *path,
                     struct error *err)
{
        AUTO_CLOSE int fd = -1;

        if (strcmp(path, "-") == 0)
                return containerfile_read_fd(&input->file, STDIN_FILENO, "-", err);
        if (path_ends_with(path, ".in"))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "%s: files are not passed through a preprocessor", path);
        if (download_is_url(path)) {
                fd = fetch(store, path, input, err);
                return fd < 0 ? -1 : containerfile_read_fd(&input->file, fd, path, err);
        }
        if (access(path, F_OK) < 0 && path[0] != '/' && input->context_fd >= 0 &&
            faccessat(input->context_fd, path, F_OK, 0) == 0)
                return read_within(input, path, err);
        if (access(path, F_OK) < 0)
                return error_set(err, ERROR_NOT_FOUND,
                                 "the specified Containerfile or Dockerfile does not exist, %s: "
                                 "no such file or directory",
                                 path);
        return containerfile_read(&input->file, AT_FDCWD, path, err);
}

static int read_default(struct build_input *input, struct error *err)
{
        static const char *const names[] = { "Containerfile", "Dockerfile" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (faccessat(input->context_fd, names[i], F_OK, 0) == 0)
                        return read_within(input, names[i], err);
        return error_set(err, ERROR_NOT_FOUND,
                         "no Containerfile or Dockerfile specified or found in context directory, "
                         "%s",
                         input->context);
}

static int read_files(const struct store *store, const struct strv *files,
                      struct build_input *input, struct error *err)
{
        if (files->count == 0 && input->file.size == 0 && read_default(input, err) < 0)
                return -1;
        for (size_t i = 0; i < files->count; i++)
                if (read_file(store, input, files->items[i], err) < 0)
                        return -1;
        for (size_t i = 0; i < input->file.warnings.count; i++)
                fprintf(stderr, "%s\n", input->file.warnings.items[i]);
        return containerfile_check(&input->file, err);
}

/* --from. */
static void replace_base(struct containerfile *file, const char *image)
{
        struct strv words = { 0 };

        strv_add(&words, image);
        for (size_t i = 1; i < file->stages[0].from.words.count; i++)
                strv_add(&words, file->stages[0].from.words.items[i]);
        strv_release(&file->stages[0].from.words);
        file->stages[0].from.words = words;
        file->stages[0].base = words.items[0];
}

static int read_args(const struct build_flags *flags, const char *platform,
                     struct build_input *input, struct error *err)
{
        struct platform host, target;

        platform_host(&host);
        target = host;
        if (platform && platform_parse(platform, &target, err) < 0)
                return -1;
        build_args_set_platforms(&input->args, &target, &host);
        for (size_t i = 0; i < flags->arg_files.count; i++) {
                AUTO(strv) lines = { 0 };

                if (env_file_lines(flags->arg_files.items[i], "--build-arg-file", &lines, err) < 0)
                        return -1;
                for (size_t n = 0; n < lines.count; n++)
                        if (build_args_give(&input->args, lines.items[n], err) < 0)
                                return -1;
        }
        for (size_t i = 0; i < flags->args.count; i++)
                if (build_args_give(&input->args, flags->args.items[i], err) < 0)
                        return -1;
        return build_args_set_globals(&input->args, &input->file, err);
}

/* NAME=docker-image://REF, NAME=container-image://REF, NAME=DIR */
static int read_build_context(const char *text, struct build_context *context, struct error *err)
{
        static const char *const images[] = { "docker-image://", "container-image://",
                                              "docker://" };
        const char *value = strchr(text, '=');

        *context = (struct build_context){ .fd = -1 };
        if (!value || value == text || !value[1])
                return error_set(err, ERROR_USAGE,
                                 "--build-context %s is not NAME=DIRECTORY or NAME=docker-image://"
                                 "IMAGE",
                                 text);
        context->name = xstrndup(text, (size_t)(value++ - text));
        for (size_t i = 0; i < ARRAY_SIZE(images); i++)
                if (strncmp(value, images[i], strlen(images[i])) == 0) {
                        context->image = xstrdup(value + strlen(images[i]));
                        return 0;
                }
        if (download_is_url(value) || build_context_is_git(value))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--build-context %s: it is not fetched; name a directory", text);
        context->path = path_absolute(value);
        return open_directory(context->path, &context->fd, err);
}

static int read_build_contexts(const struct build_flags *flags, struct build_input *input,
                               struct error *err)
{
        const struct strv none = { 0 };

        input->contexts = xcalloc(flags->contexts.count + 1, sizeof(*input->contexts));
        for (size_t i = 0; i < flags->contexts.count; i++) {
                struct build_context *context = &input->contexts[input->context_count++];
                AUTO_FREE char *path = NULL;

                if (read_build_context(flags->contexts.items[i], context, err) < 0 ||
                    (context->fd >= 0 &&
                     build_ignore_read(&context->ignore, context->fd, context->path, NULL, &none,
                                       &path, err) < 0))
                        return -1;
        }
        return 0;
}

int build_input_read(const struct store *store, const struct build_flags *flags,
                     const char *operand, const char *platform, struct build_input *input,
                     struct error *err)
{
        AUTO_FREE char *ignored = NULL;
        AUTO(strv) files = { 0 };

        for (size_t i = 0; i < flags->files.count; i++)
                strv_split(&files, flags->files.items[i], ',');
        if (open_context(store, &files, operand, input, err) < 0 ||
            read_files(store, &files, input, err) < 0)
                return -1;
        if (flags->from)
                replace_base(&input->file, flags->from);
        if (read_args(flags, platform, input, err) < 0 ||
            read_build_contexts(flags, input, err) < 0)
                return -1;
        return build_ignore_read(&input->ignore, input->context_fd, input->context,
                                 flags->ignorefile, &files, &ignored, err);
}
