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

#include <errno.h>
#include <fcntl.h>
#include <string.h>

struct generator_args {
        bool dry_run, user, verbose, no_kmsg, version;
};
#define OPT_ARGS struct generator_args

static const struct opt generator_options[] = {
        OPT_BOOL(0, "dryrun", dry_run, "Print the units in place of writing them"),
        OPT_BOOL(0, "no-kmsg-log", no_kmsg, "Messages go to standard error, where they always go"),
        OPT_BOOL(0, "user", user, "Units for the user's manager, the only ones"),
        OPT_BOOL(0, "version", version, "Print kelp's version"),
        OPT_BOOL('v', "verbose", verbose, "Say which files are read and written"),
        { 0 },
};

struct generation {
        const struct generator_args *args;
        struct quadlet_list list;
        char *program;
        int directory_fd; /* -1: the units are printed */
        size_t failures;
};

static void tell(void *data, const struct error *err)
{
        struct generation *g = data;

        dispatch_print_error(err);
        g->failures++;
}

/* By this name systemd calls it beside podman's. */
static bool is_called_beside(const char *name)
{
        return strcmp(name, "kelp-user-generator") == 0;
}

bool generator_is_called(int argc, char **argv)
{
        static char flags[][16] = { "--dryrun", "--user", "--no-kmsg-log", "--version" };
        const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
        const char *name = slash ? slash + 1 : argc > 0 ? argv[0] : "";

        if (!is_called_beside(name) && strcmp(name, "podman-user-generator") != 0)
                return false;
        for (int i = 1; i < argc; i++)
                for (size_t k = 0; k < ARRAY_SIZE(flags); k++)
                        if (strcmp(argv[i], flags[k] + 1) == 0)
                                argv[i] = flags[k];
        return true;
}

static void print_unit(const struct quadlet *quadlet, FILE *out)
{
        fputs("# Made by kelp, from the file in SourcePath=.\n", out);
        unit_file_write(&quadlet->unit, out);
}

static int write_unit(const struct quadlet *quadlet, int directory_fd, struct error *err)
{
        AUTO_FREE char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);

        if (out)
                print_unit(quadlet, out);
        if (!out || fclose(out) != 0)
                return error_sys(err, errno, "write %s", quadlet->service);
        return fd_write_file(directory_fd, quadlet->service, text, len, 0644, err);
}

static int write_wait_unit(int directory_fd, struct error *err)
{
        return fd_write_file(directory_fd, QUADLET_WAIT_UNIT, quadlet_wait_unit,
                             strlen(quadlet_wait_unit), 0644, err);
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

static int convert(struct generation *g, size_t i, struct error *err)
{
        const struct quadlet *other = same_service(&g->list, i);

        if (other)
                return error_set(err, ERROR_EXISTS, "%s and %s have the same service, %s",
                                 other->path, g->list.items[i].path, other->service);
        return quadlet_convert(&g->list, &g->list.items[i], g->program, err);
}

static int make_unit(struct generation *g, size_t i, struct error *err)
{
        struct quadlet *quadlet = &g->list.items[i];

        if (g->args->verbose)
                fprintf(stderr, "kelp: %s\n", quadlet->path);
        if (convert(g, i, err) < 0)
                return -1;
        if (g->directory_fd >= 0)
                return write_unit(quadlet, g->directory_fd, err);
        printf("---%s---\n", quadlet->service);
        print_unit(quadlet, stdout);
        putchar('\n');
        return 0;
}

/* All units, then the links to them, so that none is taken for another's place. */
static void generate(struct generation *g)
{
        AUTO_FREE bool *made = xcalloc(g->list.count + 1, sizeof(*made));
        struct error err = { 0 };
        bool waits = false;

        for (size_t i = 0; i < g->list.count; i++) {
                made[i] = make_unit(g, i, &err) == 0;
                waits = waits || (made[i] && g->list.items[i].waits);
                if (!made[i])
                        tell(g, &err);
        }
        if (waits && g->directory_fd >= 0 && write_wait_unit(g->directory_fd, &err) < 0)
                tell(g, &err);
        for (size_t i = 0; i < g->list.count; i++)
                if (made[i] && quadlet_install(&g->list.items[i], g->directory_fd, &err) < 0)
                        tell(g, &err);
}

static int open_directory(const char *path, int *fd_out, struct error *err)
{
        int fd;

        if (path_make_dirs(path, 0755, err) < 0)
                return -1;
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return error_sys(err, errno, "open %s", path);
        *fd_out = fd;
        return 0;
}

static int load_and_generate(struct generation *g, const char *directory, struct error *err)
{
        AUTO(strv) directories = { 0 };
        AUTO_CLOSE int fd = -1;

        if (quadlet_load_directories(&directories, err) < 0)
                return -1;
        quadlet_load(&directories, &g->list, &(struct quadlet_listener){ tell, g });
        if (directory && g->list.count > 0 && open_directory(directory, &fd, err) < 0)
                return -1;
        g->directory_fd = fd;
        generate(g);
        return g->failures > 0;
}

static int generator_run(struct context *ctx, void *data, struct error *err)
{
        const struct generator_args *args = data;
        AUTO_FREE char *own = path_own_program();
        AUTO_FREE char *found = own ? NULL : path_find_program("kelp");
        struct generation g = { .args = args, .program = own ? own : found };
        int rc = 0;

        if (args->version) {
                puts(KELP_VERSION);
                return 0;
        }
        if (!args->dry_run && ctx->argc < 1)
                return error_set(err, ERROR_USAGE, "missing output directory argument");
        if (!g.program)
                return error_set(err, ERROR_NOT_FOUND, "cannot tell where kelp is");
        if (is_called_beside(program_invocation_short_name) && !args->dry_run)
                rc = quadlet_rival(g.program, err);
        if (rc != 0)
                return rc < 0 ? -1 : 0;
        rc = load_and_generate(&g, args->dry_run ? NULL : ctx->argv[0], err);
        quadlet_list_release(&g.list);
        return rc;
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
