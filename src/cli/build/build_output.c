/* Writing an image's files to a directory or an archive. See build_output.h. */
#include "cli/build/build_output.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/storage/copy_tree.h"
#include "engine/storage/pack.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct destination {
        bool tar;
        char *path; /* "-": standard output */
};

static void destination_release(struct destination *d)
{
        free(d->path);
}

static int unknown(const char *text, struct error *err)
{
        return error_set(err, ERROR_USAGE,
                         "--output %s is not DIRECTORY, -, type=local,dest=DIRECTORY or "
                         "type=tar,dest=FILE",
                         text);
}

static int parse(const char *text, struct destination *d, struct error *err)
{
        AUTO(strv) words = { 0 };
        const char *type = NULL, *dest = NULL;

        if (!strchr(text, '=') || strcmp(text, "-") == 0) {
                *d = (struct destination){ .tar = strcmp(text, "-") == 0, .path = xstrdup(text) };
                return text[0] ? 0 : unknown(text, err);
        }
        strv_split(&words, text, ',');
        for (size_t i = 0; i < words.count; i++) {
                const char *word = words.items[i];

                if (strncmp(word, "type=", 5) == 0)
                        type = word + 5;
                else if (strncmp(word, "dest=", 5) == 0)
                        dest = word + 5;
                else
                        return unknown(text, err);
        }
        if (!type || !dest || !dest[0] || (strcmp(type, "local") != 0 && strcmp(type, "tar") != 0))
                return unknown(text, err);
        *d = (struct destination){ .tar = strcmp(type, "tar") == 0, .path = xstrdup(dest) };
        return strcmp(dest, "-") == 0 && !d->tar ? unknown(text, err) : 0;
}

/* The descriptor of standard output, once. */
static int claim_stdout(struct build_output *output, struct error *err)
{
        if (output->stdout_fd >= 0)
                return 0;
        if (isatty(STDOUT_FILENO))
                return error_set(err, ERROR_USAGE,
                                 "an archive is not for a terminal: name a file, or use a pipe");
        output->stdout_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        if (output->stdout_fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
                return error_sys(err, errno, "write to standard output");
        return 0;
}

int build_output_prepare(struct build_output *output, struct error *err)
{
        for (size_t i = 0; i < output->destinations->count; i++) {
                AUTO(destination) d = { 0 };

                if (parse(output->destinations->items[i], &d, err) < 0 ||
                    (strcmp(d.path, "-") == 0 && claim_stdout(output, err) < 0))
                        return -1;
        }
        return 0;
}

static int write_tar(const struct build_output *output, const char *path, int root_fd,
                     bool recorded, struct error *err)
{
        const struct pack_options options = { .recorded = recorded };
        AUTO_CLOSE int fd = -1;

        if (strcmp(path, "-") == 0)
                return pack_tree(root_fd, &options, output->stdout_fd, err);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0)
                return error_sys(err, errno, "create %s", path);
        return pack_tree(root_fd, &options, fd, err);
}

/* The files are the caller's: to the host that is who it is. */
static int write_directory(const char *path, int root_fd, struct error *err)
{
        const struct copy_tree_options options = { .owner = COPY_OWNER_NONE,
                                                   .strip_ids = true,
                                                   .to_root = -1 };
        AUTO_CLOSE int fd = -1;
        mode_t mask;
        int rc;

        if (path_make_dirs(path, 0755, err) < 0)
                return -1;
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return error_sys(err, errno, "open %s", path);
        mask = umask(0);
        rc = copy_tree_contents(root_fd, fd, &options, err);
        umask(mask);
        return rc;
}

int build_output_write(void *data, int root_fd, bool recorded, struct error *err)
{
        const struct build_output *output = data;

        for (size_t i = 0; i < output->destinations->count; i++) {
                AUTO(destination) d = { 0 };
                int rc;

                if (parse(output->destinations->items[i], &d, err) < 0)
                        return -1;
                rc = d.tar ? write_tar(output, d.path, root_fd, recorded, err)
                           : write_directory(d.path, root_fd, err);
                if (rc < 0)
                        return error_context(err, "--output");
        }
        return 0;
}
