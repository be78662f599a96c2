/* kelp doctor: each thing that rootless containers stand on, its state, what it costs to be
 * without, and the one command that cures it. Everything is tried, not guessed. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "base/spawn.h"
#include "cli/command.h"
#include "engine/container/cgroup.h"
#include "rootless/userns.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

struct doctor_args {
        bool json;
};
#define OPT_ARGS struct doctor_args

static const struct opt doctor_options[] = {
        OPT_BOOL(0, "json", json, "For programs"),
        { 0 },
};

enum finding { FINDING_OK, FINDING_WARNING, FINDING_MISSING };

static const char *const finding_words[] = { "ok", "warning", "missing" };

struct report {
        json_t *rows;
        enum finding worst;
};

static void add(struct report *report, const char *what, enum finding finding, const char *detail,
                const char *cost, const char *cure)
{
        if (finding > report->worst)
                report->worst = finding;
        json_array_append_new(report->rows,
                              json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", what, "state",
                                        finding_words[finding], "detail", detail, "cost",
                                        finding == FINDING_OK ? "" : cost, "cure",
                                        finding == FINDING_OK ? "" : cure));
}

static int enter(void *data, struct error *err)
{
        (void)data;
        return userns_enter(err);
}

static void check_userns(struct report *report)
{
        struct error err = { 0 };
        bool ok = spawn_call(enter, NULL, &err) == 0;

        add(report, "user namespaces", ok ? FINDING_OK : FINDING_MISSING,
            ok ? "can be created" : err.text, "no container can be started", err.cure);
}

static void check_ids(struct report *report)
{
        struct userns_plan plan;
        struct error err = { 0 };
        bool single;

        if (userns_plan(false, &plan, &err) < 0) {
                add(report, "ids", FINDING_MISSING, err.text, "no container can be started", "");
                return;
        }
        single = plan.rung == USERNS_SINGLE;
        add(report, "ids", single ? FINDING_WARNING : FINDING_OK,
            single ? plan.reason : userns_rung_name(plan.rung),
            "images with files of several users lose the owners", plan.cure ? plan.cure : "");
}

static int try_overlay(void *data, struct error *err)
{
        const char *dir = data;
        AUTO_FREE char *options = xasprintf(
                "userxattr,lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work", dir, dir, dir);
        AUTO_FREE char *target = path_join(dir, "merged");

        if (userns_enter(err) < 0)
                return -1;
        if (unshare(CLONE_NEWNS) < 0 || mount("overlay", target, "overlay", 0, options) < 0)
                return error_sys(err, errno, "native overlay on this file system");
        return 0;
}

static int remove_probe(void *data, struct error *err)
{
        if (userns_enter(err) < 0)
                return -1;
        return path_remove_tree(AT_FDCWD, data, err);
}

static void check_overlay(struct report *report, const struct store *store)
{
        static const char *const dirs[] = { "lower", "upper", "work", "merged" };
        AUTO_FREE char *dir = xasprintf("%s/staging/doctor-%d", store->root, getpid());
        AUTO_FREE char *fuse = path_find_program("fuse-overlayfs");
        struct error err = { 0 };
        bool ok;

        (void)mkdir(dir, 0700);
        for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
                AUTO_FREE char *path = path_join(dir, dirs[i]);

                (void)mkdir(path, 0700);
        }
        ok = spawn_call(try_overlay, dir, &err) == 0;
        (void)spawn_call(remove_probe, dir, NULL);
        add(report, "overlay",
            ok     ? FINDING_OK
            : fuse ? FINDING_WARNING
                   : FINDING_MISSING,
            ok ? "native" : err.text,
            fuse ? "fuse-overlayfs is used, which is slower" : "no container can be started",
            fuse ? "a kernel of 5.11 or newer" : "sudo apt-get install fuse-overlayfs");
}

static void check_device(struct report *report, const char *name, const char *path,
                         const char *cost)
{
        AUTO_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC);
        AUTO_FREE char *cure = xasprintf("sudo chmod 0666 %s", path);

        add(report, name, fd >= 0 ? FINDING_OK : FINDING_WARNING, path, cost, cure);
}

static void check_program(struct report *report, const char *name, const char *cost)
{
        AUTO_FREE char *path = path_find_program(name);
        AUTO_FREE char *cure = xasprintf("sudo apt-get install %s", name);

        add(report, name, path ? FINDING_OK : FINDING_WARNING, path ? path : "not installed", cost,
            cure);
}

static void check_curl(struct report *report)
{
        void *library = dlopen("libcurl.so.4", RTLD_LAZY);

        add(report, "libcurl", library ? FINDING_OK : FINDING_WARNING,
            library ? "libcurl.so.4" : "not installed", "images cannot be pulled",
            "sudo apt-get install libcurl4");
}

static void check_cgroup(struct report *report)
{
        AUTO_FREE char *name = xasprintf("kelp-doctor-%d", getpid());
        AUTO_CLOSE int fd = cgroup_create(name);

        cgroup_remove(name);
        add(report, "cgroup v2", fd >= 0 ? FINDING_OK : FINDING_WARNING,
            fd >= 0 ? "can be written" : "no delegated cgroup",
            "containers get no cgroup of their own",
            "log in through systemd, or: systemd-run --user --scope -p Delegate=yes");
}

static void check_runtime_dir(struct report *report)
{
        const char *dir = getenv("XDG_RUNTIME_DIR");

        add(report, "runtime directory", dir ? FINDING_OK : FINDING_WARNING,
            dir ? dir : "XDG_RUNTIME_DIR is not set", "a directory in /tmp is used",
            "log in through systemd-logind, or set XDG_RUNTIME_DIR");
}

static void print_rows(const json_t *rows)
{
        size_t i;
        json_t *row;

        json_array_foreach (rows, i, row) {
                const char *cost = json_get_string(row, "cost", "");
                const char *cure = json_get_string(row, "cure", "");

                printf("%-8s %-18s %s\n", json_get_string(row, "state", ""),
                       json_get_string(row, "name", ""), json_get_string(row, "detail", ""));
                if (cost[0])
                        printf("         without it: %s\n", cost);
                if (cure[0])
                        printf("         cure: %s\n", cure);
        }
}

/* 0: all is well, 1: something could be better, 2: no container can be started. */
static int doctor_run(struct context *ctx, void *data, struct error *err)
{
        const struct doctor_args *args = data;
        AUTO_JSON json_t *rows = json_array();
        struct report report = { .rows = rows };

        (void)err;
        check_userns(&report);
        check_ids(&report);
        check_overlay(&report, &ctx->store);
        check_program(&report, "fuse-overlayfs", "nothing while native overlay works");
        check_device(&report, "fuse", "/dev/fuse", "fuse-overlayfs cannot be used");
        check_program(&report, "slirp4netns", "containers have no network of their own");
        check_device(&report, "tun", "/dev/net/tun", "slirp4netns cannot be used");
        check_cgroup(&report);
        check_runtime_dir(&report);
        check_curl(&report);
        if (args->json) {
                json_dumpf(rows, stdout, JSON_INDENT(4));
                printf("\n");
        } else {
                print_rows(rows);
        }
        return (int)report.worst;
}

const struct command cmd_doctor = {
        .name = "doctor",
        .synopsis = "[OPTIONS]",
        .summary = "Check what containers without root stand on",
        .needs = NEEDS_STORE,
        .args_size = sizeof(struct doctor_args),
        .options = doctor_options,
        .run = doctor_run,
};
