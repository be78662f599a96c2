/* kelp system generator: units out of Quadlet files.
 *
 * systemd calls it when a user's manager starts and at every `systemctl --user daemon-reload`, by
 * the name kelp-user-generator and with three directories (normal, early, late), of which the first
 * gets everything. It reads files and writes files; it opens no store, starts nothing, and a file
 * that is refused does not keep the others from becoming units. What it says is on standard error,
 * which systemd has in the journal.
 */
#include "cli/quadlet/generator.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/global.h"
#include "cli/quadlet/quadlet_convert.h"
#include "cli/quadlet/quadlet_install.h"
#include "cli/quadlet/quadlet_load.h"
#include "cli/quadlet/quadlet_rival.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

struct generator_args {
        bool dry_run, user, verbose, no_kmsg;
};
#define OPT_ARGS struct generator_args

static const struct opt generator_options[] = {
        OPT_BOOL(0, "dryrun", dry_run, "Print the units in place of writing them"),
        OPT_BOOL(0, "no-kmsg-log", no_kmsg, "Messages go to standard error, where they always go"),
        OPT_BOOL(0, "user", user, "Units for the user's manager, the only ones"),
        OPT_BOOL('v', "verbose", verbose, "Say which files are read and written"),
        { 0 },
};

/* How many files have failed; quadlet_load() has no place for it. */
static int failures;

static void tell(const struct error *err)
{
        dispatch_print_error(err);
        failures++;
}

/* By this name systemd calls it beside podman's. */
static bool called_beside;

bool generator_is_called(int argc, char **argv)
{
        const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
        const char *name = slash ? slash + 1 : argc > 0 ? argv[0] : "";
        bool called = strcmp(name, "podman-user-generator") == 0;

        called_beside = strcmp(name, "kelp-user-generator") == 0;
        called = called || called_beside;
        for (int i = 1; called && i < argc; i++) {
                static char dry_run[] = "--dryrun", user[] = "--user", no[] = "--no-kmsg-log";

                if (strcmp(argv[i], dry_run + 1) == 0)
                        argv[i] = dry_run;
                else if (strcmp(argv[i], user + 1) == 0)
                        argv[i] = user;
                else if (strcmp(argv[i], no + 1) == 0)
                        argv[i] = no;
        }
        return called;
}

/* Where this program is, whatever it was called by. */
static char *own_path(void)
{
        char path[PATH_MAX];
        ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

        if (len <= 0)
                return path_find_program("kelp");
        path[len] = '\0';
        return xstrdup(path);
}

static void print_unit(const struct quadlet *quadlet, FILE *out)
{
        fputs("# Made by kelp, from the file in SourcePath=.\n", out);
        unit_file_write(&quadlet->unit, out);
}

static int write_text(int directory_fd, const char *name, char *text, size_t len, struct error *err)
{
        AUTO_FREE char *owned = text;

        return fd_write_file(directory_fd, name, owned, len, 0644, err);
}

static int write_unit(const struct quadlet *quadlet, int directory_fd, struct error *err)
{
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);

        if (!out)
                return error_sys(err, errno, "write %s", quadlet->service);
        print_unit(quadlet, out);
        fclose(out);
        if (write_text(directory_fd, quadlet->service, text, len, err) < 0)
                return -1;
        return quadlet_install(quadlet, directory_fd, err);
}

static int write_wait_unit(int directory_fd, struct error *err)
{
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);

        if (!out)
                return error_sys(err, errno, "write " QUADLET_WAIT_UNIT);
        quadlet_wait_write(out);
        fclose(out);
        return write_text(directory_fd, QUADLET_WAIT_UNIT, text, len, err);
}

/* Two files of one service: the first counts. */
static const struct quadlet *same_service(const struct quadlet_list *list, size_t i)
{
        for (size_t k = 0; k < i; k++)
                if (list->items[k].service && list->items[i].service &&
                    strcmp(list->items[k].service, list->items[i].service) == 0)
                        return &list->items[k];
        return NULL;
}

static int convert(const struct quadlet_list *list, size_t i, const char *program,
                   struct error *err)
{
        const struct quadlet *other = same_service(list, i);

        if (other)
                return error_set(err, ERROR_EXISTS, "%s and %s have the same service, %s",
                                 other->path, list->items[i].path, other->service);
        return quadlet_convert(list, &list->items[i], program, err);
}

/* directory_fd -1: print them. */
static void generate(struct quadlet_list *list, const char *program, int directory_fd,
                     const struct generator_args *args)
{
        bool waits = false;

        for (size_t i = 0; i < list->count; i++) {
                struct quadlet *quadlet = &list->items[i];
                struct error err = { 0 };

                if (args->verbose)
                        fprintf(stderr, "kelp: %s\n", quadlet->path);
                if (convert(list, i, program, &err) < 0 ||
                    (directory_fd >= 0 && write_unit(quadlet, directory_fd, &err) < 0)) {
                        tell(&err);
                        continue;
                }
                waits = waits || quadlet_waits(quadlet);
                if (directory_fd < 0) {
                        printf("---%s---\n", quadlet->service);
                        print_unit(quadlet, stdout);
                        putchar('\n');
                }
        }
        if (waits && directory_fd >= 0) {
                struct error err = { 0 };

                if (write_wait_unit(directory_fd, &err) < 0)
                        tell(&err);
        }
}

static int generator_run(struct context *ctx, void *data, struct error *err)
{
        const struct generator_args *args = data;
        AUTO(strv) directories = { 0 };
        AUTO(quadlet_list) list = { 0 };
        AUTO_FREE char *program = own_path();
        AUTO_CLOSE int fd = -1;
        int rival;

        if (!args->dry_run && ctx->argc < 1)
                return error_set(err, ERROR_USAGE, "missing output directory argument");
        rival = called_beside && !args->dry_run ? quadlet_rival(program, err) : 0;
        if (rival != 0)
                return rival < 0 ? -1 : 0;
        if (quadlet_load_directories(&directories, err) < 0)
                return -1;
        quadlet_load(&directories, &list, tell);
        if (!args->dry_run && list.count > 0) {
                if (path_make_dirs(ctx->argv[0], 0755, err) < 0)
                        return -1;
                fd = open(ctx->argv[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (fd < 0)
                        return error_sys(err, errno, "open %s", ctx->argv[0]);
        }
        generate(&list, program, fd, args);
        return failures > 0;
}

const struct command cmd_system_generator = {
        .name = "system generator",
        .synopsis = "[OPTIONS] [NORMAL [EARLY LATE]]",
        .summary = "Make units of systemd out of Quadlet files",
        .max_operands = 3,
        .args_size = sizeof(struct generator_args),
        .options = generator_options,
        .run = generator_run,
};
