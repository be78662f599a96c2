/* kelp doctor: each thing that rootless containers stand on, its state, what it costs to be
 * without, and the one command that cures it. Everything is tried, not guessed; what is not needed
 * on this machine is no finding. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "cli/command.h"
#include "cli/printable.h"
#include "cli/probe.h"
#include "engine/runtime/cgroup.h"
#include "engine/runtime/cgroup_apply.h"
#include "rootless/userns.h"

#include <assert.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

struct doctor_args {
        bool json;
};
#define OPT_ARGS struct doctor_args

static const struct opt doctor_options[] = {
        OPT_BOOL(0, "json", json, "For programs"),
        { 0 },
};

enum state { STATE_OK, STATE_WARNING, STATE_MISSING, STATE_COUNT };

static const char *const state_words[] = { "ok", "warning", "missing" };
static_assert(ARRAY_SIZE(state_words) == STATE_COUNT, "a word for each state");

struct report {
        json_t *rows;
        enum state worst;
};

/* cost and cure are shown unless all is well; cure may be "". */
static void add(struct report *report, const char *what, enum state state, const char *detail,
                const char *cost, const char *cure)
{
        json_t *row = json_object();

        if (state > report->worst)
                report->worst = state;
        json_set_string(row, "name", what);
        json_set_string(row, "state", state_words[state]);
        json_set_string(row, "detail", detail);
        json_set_string(row, "cost", state == STATE_OK ? "" : cost);
        json_set_string(row, "cure", state == STATE_OK ? "" : cure);
        json_array_append_new(report->rows, row);
}

static bool check_userns(struct report *report)
{
        struct error err = { 0 };
        bool ok = probe_userns(&err) == 0;

        if (strstr(err.cure, "kelp doctor"))
                err.cure[0] = '\0'; /* that is us */
        add(report, "user namespaces", ok ? STATE_OK : STATE_MISSING,
            ok ? "can be created" : err.text, "no container can be started", err.cure);
        return ok;
}

/* newuidmap(1) works by its setuid bit or a file capability. */
static void check_map_helper(struct report *report, const char *name)
{
        AUTO_FREE char *path = path_find_program(name);
        AUTO_FREE char *cure = NULL;
        struct stat st;
        bool able = path && stat(path, &st) == 0 &&
                    ((st.st_mode & S_ISUID) || getxattr(path, "security.capability", NULL, 0) > 0);

        cure = path ? xasprintf("sudo chmod u+s %s", path) : xstrdup("sudo apt-get install uidmap");
        add(report, name, able ? STATE_OK : STATE_WARNING,
            able   ? path
            : path ? "it is neither setuid nor has it a capability"
                   : "not installed",
            "containers have a single user", cure);
}

static void check_ids(struct report *report)
{
        struct userns_plan plan;
        struct error err = { 0 };
        bool single;

        if (userns_plan(false, &plan, &err) < 0) {
                add(report, "ids", STATE_MISSING, err.text, "no container can be started",
                    err.cure);
                return;
        }
        single = plan.rung == USERNS_SINGLE;
        add(report, "ids", single ? STATE_WARNING : STATE_OK,
            single ? plan.reason : userns_rung_name(plan.rung),
            "files of an image lose their owners, containers have a single user",
            plan.cure ? plan.cure : "");
        if (plan.rung == USERNS_PRIVILEGED)
                return;
        check_map_helper(report, "newuidmap");
        check_map_helper(report, "newgidmap");
}

/* Something that stands in for another: no finding while that works. */
static void check_substitute(struct report *report, const char *name, bool there, bool needed,
                             const char *detail, const char *cost, const char *cure)
{
        AUTO_FREE char *unneeded = xasprintf("%s, not needed here", detail);

        if (there || needed)
                add(report, name, there ? STATE_OK : STATE_WARNING, detail, cost, cure);
        else
                add(report, name, STATE_OK, unneeded, "", "");
}

static bool can_open(const char *path)
{
        AUTO_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC);

        return fd >= 0;
}

static void check_storage(struct report *report, const struct store *store, bool userns)
{
        AUTO_FREE char *fuse = path_find_program("fuse-overlayfs");
        AUTO_FREE char *native = xasprintf("native, on %s", probe_file_system(store));
        struct error overlay = { 0 }, xattrs = { 0 };
        bool mounts = userns && probe_overlay(store, &overlay) == 0;
        bool able = fuse && can_open("/dev/fuse");

        if (userns)
                add(report, "overlay",
                    mounts ? STATE_OK
                    : able ? STATE_WARNING
                           : STATE_MISSING,
                    mounts ? native : overlay.text,
                    able ? "fuse-overlayfs is used, which is slower"
                         : "no container can be started",
                    able ? "a kernel of 5.11 or newer, or --root on ext4, xfs, btrfs or tmpfs"
                         : "sudo apt-get install fuse-overlayfs");
        add(report, "extended attributes",
            probe_xattrs(store, &xattrs) == 0 ? STATE_OK : STATE_WARNING,
            xattrs.text[0] ? xattrs.text : "user.* can be kept",
            "native overlay cannot be used on this file system", "--root on ext4, xfs or btrfs");
        check_substitute(report, "fuse-overlayfs", fuse != NULL, !mounts,
                         fuse ? fuse : "not installed", "there is nothing behind native overlay",
                         "sudo apt-get install fuse-overlayfs");
        check_substitute(report, "/dev/fuse", can_open("/dev/fuse"), !mounts,
                         can_open("/dev/fuse") ? "can be opened" : "cannot be opened",
                         "fuse-overlayfs cannot be used",
                         "sudo modprobe fuse; sudo chmod 0666 /dev/fuse");
}

static void check_network(struct report *report)
{
        AUTO_FREE char *slirp = path_find_program("slirp4netns");
        bool tun = can_open("/dev/net/tun");
        void *curl = dlopen("libcurl.so.4", RTLD_LAZY);

        add(report, "slirp4netns", slirp ? STATE_OK : STATE_WARNING,
            slirp ? slirp : "not installed", "containers have no network of their own",
            "sudo apt-get install slirp4netns");
        add(report, "/dev/net/tun", tun ? STATE_OK : STATE_WARNING,
            tun ? "can be opened" : "cannot be opened", "slirp4netns cannot be used",
            "sudo modprobe tun; sudo chmod 0666 /dev/net/tun");
        add(report, "libcurl", curl ? STATE_OK : STATE_WARNING,
            curl ? "libcurl.so.4" : "not installed", "images cannot be pulled",
            "sudo apt-get install libcurl4");
        if (curl)
                dlclose(curl);
}

/* Which of those that limits need are not there, as "memory pids". */
static char *missing_controllers(enum cgroup_manager manager)
{
        static const char *const needed[] = { "cpu", "memory", "pids" };
        AUTO(strv) present = { 0 };
        AUTO(strbuf) missing = { 0 };

        (void)cgroup_available(manager, getuid(), &present);
        for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
                if (!strv_contains(&present, needed[i]))
                        strbuf_addf(&missing, "%s%s", missing.len ? " " : "", needed[i]);
        return strbuf_take(&missing);
}

static bool can_make_cgroup(struct error *why)
{
        AUTO_FREE char *id = xasprintf("doctor-%d", getpid());
        struct cgroup_request request = { .manager = CGROUP_FS, .id = id, .required = true };
        AUTO(cgroup) cgroup = CGROUP_EMPTY;

        if (cgroup_create(&request, &cgroup, why) < 0)
                return false;
        (void)cgroup_delete(cgroup.path, NULL);
        return true;
}

static void check_cgroup(struct report *report)
{
        enum cgroup_manager manager = cgroup_manager_choose(getuid());
        struct error why = { 0 };
        bool able = manager == CGROUP_SYSTEMD || can_make_cgroup(&why);
        AUTO_FREE char *missing = missing_controllers(manager);
        AUTO_FREE char *detail =
                able ? xasprintf("%s%s%s", manager == CGROUP_SYSTEMD ? "scopes of systemd" : "ours",
                                 missing[0] ? "; not delegated: " : "", missing)
                     : xstrdup(why.text);

        (void)cgroup_missing(missing[0] ? missing : "memory", &why);
        add(report, "cgroup v2", able && !missing[0] ? STATE_OK : STATE_WARNING, detail,
            able ? "limits of these kinds are refused" : "containers get no cgroup of their own",
            why.cure);
}

static void check_runtime_dir(struct report *report)
{
        const char *dir = getenv("XDG_RUNTIME_DIR");
        bool able = dir && access(dir, W_OK) == 0;
        AUTO_FREE char *refused = xasprintf("%s cannot be written", dir ? dir : "");

        add(report, "runtime directory", able ? STATE_OK : STATE_WARNING,
            able  ? dir
            : dir ? refused
                  : "XDG_RUNTIME_DIR is not set",
            "a directory in /tmp or /run/user is used",
            "sudo loginctl enable-linger $USER, then log in again");
}

static void print_rows(const json_t *rows)
{
        size_t i;
        json_t *row;

        json_array_foreach (rows, i, row) {
                AUTO_FREE char *detail = printable(json_get_string(row, "detail", ""));
                const char *cost = json_get_string(row, "cost", "");
                const char *cure = json_get_string(row, "cure", "");

                printf("%-8s %-20s %s\n", json_get_string(row, "state", ""),
                       json_get_string(row, "name", ""), detail);
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
        bool userns = check_userns(&report);

        (void)err;
        check_ids(&report);
        check_storage(&report, &ctx->store, userns);
        check_network(&report);
        check_cgroup(&report);
        check_runtime_dir(&report);
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
