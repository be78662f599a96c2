/* kelp system check, system reset. */
#include "engine/image/check.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "cli/confirm.h"
#include "cli/global.h"
#include "cli/output/printable.h"
#include "engine/container/verbs.h"
#include "engine/storage/volume.h"
#include "engine/storage/volume_place.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct check_args {
        bool force, quick, repair;
};
#define OPT_ARGS struct check_args

static const struct opt check_cli_options[] = {
        OPT_BOOL('f', "force", force,
                 "With --repair: remove what cannot be mended: images, containers, pods"),
        OPT_BOOL('q', "quick", quick, "Do not read the blobs through"),
        OPT_BOOL('r', "repair", repair, "Mend what is damaged, remove what nothing refers to"),
        OPT_REFUSED('m', "max", "layers that nothing refers to have no grace period here"),
        { 0 },
};

/* A volume's files cannot be had from elsewhere, so nothing is mended or removed here. */
static int check_volumes(const struct context *ctx, int code, struct error *err)
{
        AUTO(volume_list) list = { 0 };

        if (volume_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.damaged.count; i++) {
                AUTO_FREE char *name = printable(list.damaged.items[i]);

                printf("damaged: volume %s: its record cannot be read; its files are in "
                       "volumes/%s/_data\n",
                       name, name);
                code = 1;
        }
        return code;
}

/* Damage that stays is a failure; garbage is none. */
static int print_findings(const struct findings *findings)
{
        int code = 0;

        for (size_t i = 0; i < findings->count; i++) {
                const struct finding *f = &findings->items[i];
                AUTO_FREE char *what = printable(f->what);

                printf("%s: %s%s\n", f->kind == FINDING_DAMAGE ? "damaged" : "garbage", what,
                       f->repaired ? " (repaired)" : "");
                if (f->kind == FINDING_DAMAGE && !f->repaired)
                        code = 1;
        }
        return code;
}

static int check_run(struct context *ctx, void *data, struct error *err)
{
        const struct check_args *args = data;
        struct check_options options = { .quick = args->quick,
                                         .repair = args->repair,
                                         .force = args->force };
        AUTO(findings) findings = { 0 };

        if (store_check(&ctx->store, &options, &findings, err) < 0)
                return -1;
        return check_volumes(ctx, print_findings(&findings), err);
}

const struct command cmd_system_check = {
        .name = "system check",
        .synopsis = "[OPTIONS]",
        .summary = "Look whether the store is whole, and mend it",
        .needs = NEEDS_STORE | NEEDS_USERNS,
        .args_size = sizeof(struct check_args),
        .options = check_cli_options,
        .run = check_run,
};

struct reset_args {
        bool force;
};
#undef OPT_ARGS
#define OPT_ARGS struct reset_args

static const struct opt reset_options[] = {
        OPT_BOOL('f', "force", force, "Do not ask"),
        { 0 },
};

static int stop_all(const struct context *ctx, struct error *err)
{
        AUTO(container_list) list = { 0 };

        if (container_list_load_all(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++) {
                struct container container = CONTAINER_EMPTY;

                if (container_lookup(&ctx->store, list.items[i].id, &container, NULL) == 0 &&
                    container_stop(&ctx->store, &container, 0, err) < 0) {
                        container_release(&container);
                        return -1;
                }
                container_release(&container);
        }
        return 0;
}

static int empty_dir(int dir_fd, struct error *err)
{
        int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;
        int rc = 0;

        if (!dir)
                return error_sys(err, errno, "open the store");
        while (rc == 0 && (entry = readdir(dir)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                    strcmp(entry->d_name, "lock") != 0)
                        rc = path_remove_tree(dirfd(dir), entry->d_name, err);
        closedir(dir);
        return rc;
}

/* Containers are ended before this process enters the user namespace, which cannot signal them. */
static int reset_run(struct context *ctx, void *data, struct error *err)
{
        const struct reset_args *args = data;
        AUTO_CLOSE int lock = -1;

        if (!args->force && !confirm("WARNING! This command removes all pods, containers, images, "
                                     "volumes, downloads "
                                     "and caches of the store."))
                return 0;
        if (stop_all(ctx, err) < 0 || context_enter_userns(ctx, err) < 0)
                return -1;
        lock = store_lock_exclusive(&ctx->store, err);
        if (lock < 0 || volume_place_clear(&ctx->store, err) < 0 ||
            empty_dir(ctx->store.root_fd, err) < 0 || empty_dir(ctx->store.run_fd, err) < 0)
                return -1;
        return 0;
}

const struct command cmd_system_reset = {
        .name = "system reset",
        .synopsis = "[OPTIONS]",
        .summary = "Remove everything from the store",
        .needs = NEEDS_STORE,
        .args_size = sizeof(struct reset_args),
        .options = reset_options,
        .run = reset_run,
};
