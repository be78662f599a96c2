/* The ladder of user namespaces. See userns.h.
 *
 * The process that wants the namespace unshares it itself; a helper forked before that stays
 * outside and has newuidmap(1) and newgidmap(1) write the maps, both at the same time. They take
 * about 2.5 ms, most of it their own start, which is why entering is split into begin and finish:
 * everything that needs no mapped ids goes in between.
 *
 * The helper answers on a pipe: one struct error when it failed, else end of file.
 */
#include "rootless/userns.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/spawn.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "rootless/subid.h"
#include "rootless/userns_existing.h"

#include <assert.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static bool entered;
static char own_mapping[64];
static struct id_maps own_maps;

static const char *const rung_names[] = {
        [USERNS_SUBIDS] = "subids",
        [USERNS_PRIVILEGED] = "privileged",
        [USERNS_SINGLE] = "single",
};
static_assert(ARRAY_SIZE(rung_names) == USERNS_RUNG_COUNT, "a name for each rung");

const char *userns_rung_name(enum userns_rung rung)
{
        return rung_names[rung];
}

const char *userns_own_mapping(void)
{
        return own_mapping;
}

const struct id_maps *userns_own_maps(void)
{
        return own_maps.uids.count ? &own_maps : NULL;
}

uid_t userns_caller_inside(const struct userns_plan *plan)
{
        uint32_t inside = 0;

        if (plan->mapped && !plan->nested)
                (void)id_map_inside(&plan->maps.uids, 0, &inside);
        return inside;
}

void userns_mapping_name(const struct userns_plan *plan, char *name_out, size_t size)
{
        char name[ID_MAPS_NAME_LEN + 1] = "";

        if (plan->rung == USERNS_SINGLE)
                snprintf(name, sizeof(name), "single");
        else if (plan->mapped)
                id_maps_name(&plan->maps, name);
        snprintf(name_out, size, "%s", name);
}

bool userns_mapping_records(const char *mapping)
{
        return mapping && strcmp(mapping, "single") == 0;
}

/* May this process write any id into a map? CAP_SETUID and CAP_SETGID are both low bits. */
static bool may_map_any(void)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2] = { 0 };
        unsigned wanted = 1u << CAP_SETUID | 1u << CAP_SETGID;

        return geteuid() == 0 && syscall(SYS_capget, &header, data) == 0 &&
               (data[0].effective & wanted) == wanted;
}

/* The identity of what this namespace has mapped: lines "inside outside count". */
static int identity_map(const char *path, struct id_map *map, struct error *err)
{
        AUTO_FREE char *text = NULL;
        char *rest, *line;

        if (fd_read_file(AT_FDCWD, path, LIMIT_PROC_FILE, &text, NULL, err) < 0)
                return -1;
        map->count = 0;
        for (rest = text; map->count < ID_RANGES_MAX && (line = strsep(&rest, "\n"));) {
                unsigned inside, outside, count;

                if (sscanf(line, "%u %u %u", &inside, &outside, &count) == 3)
                        map->ranges[map->count++] = (struct id_range){ .inside = inside,
                                                                       .outside = inside,
                                                                       .count = count };
        }
        return 0;
}

static void single_map(struct id_map *map, uint32_t outside)
{
        map->ranges[0] = (struct id_range){ .inside = 0, .outside = outside, .count = 1 };
        map->count = 1;
}

static int plan_single(struct userns_plan *plan, const char *reason, const char *cure)
{
        plan->rung = USERNS_SINGLE;
        plan->reason = reason;
        plan->cure = cure;
        single_map(&plan->uids, plan->caller_uid);
        single_map(&plan->gids, plan->caller_gid);
        return 0;
}

/* Lives as long as the process: plans are copied about freely. */
static const char *subid_cure(const char *user)
{
        static char text[256];

        snprintf(text, sizeof(text),
                 "assign a range: sudo usermod --add-subuids 100000-165535 "
                 "--add-subgids 100000-165535 %s",
                 user ? user : "USER");
        return text;
}

static int plan_subids(struct userns_plan *plan)
{
        struct id_range uids[ID_RANGES_MAX - 1], gids[ID_RANGES_MAX - 1];
        AUTO_FREE char *user = subid_user_name(plan->caller_uid);
        size_t uid_count =
                subid_load("/etc/subuid", user, plan->caller_uid, uids, ARRAY_SIZE(uids));
        size_t gid_count =
                subid_load("/etc/subgid", user, plan->caller_uid, gids, ARRAY_SIZE(gids));

        if (uid_count == 0)
                return plan_single(plan, "no subordinate ids in /etc/subuid", subid_cure(user));
        if (gid_count == 0)
                return plan_single(plan, "no subordinate ids in /etc/subgid", subid_cure(user));
        if (access("/usr/bin/newuidmap", X_OK) < 0 || access("/usr/bin/newgidmap", X_OK) < 0) {
                AUTO_FREE char *uidmap = path_find_program("newuidmap");
                AUTO_FREE char *gidmap = path_find_program("newgidmap");

                if (!uidmap || !gidmap)
                        return plan_single(plan, "newuidmap and newgidmap are not installed",
                                           "install them: sudo apt-get install uidmap "
                                           "(elsewhere: shadow-utils, shadow)");
        }
        plan->rung = USERNS_SUBIDS;
        subid_layout(uids, uid_count, plan->caller_uid, &plan->uids);
        subid_layout(gids, gid_count, plan->caller_gid, &plan->gids);
        return 0;
}

static bool is_single(const struct id_map *map)
{
        return map->count == 1 && map->ranges[0].count == 1;
}

/* Of the maps only what is used is written: they are large. */
static void plan_init(struct userns_plan *plan)
{
        plan->uids.count = plan->gids.count = 0;
        plan->maps.uids.count = plan->maps.gids.count = 0;
        plan->mapped = plan->nested = false;
        plan->caller_uid = geteuid();
        plan->caller_gid = getegid();
        plan->join_fd = -1;
        plan->join_path[0] = '\0';
        plan->reason = plan->cure = NULL;
}

int userns_plan(struct userns_plan *plan, struct error *err)
{
        plan_init(plan);
        if (!may_map_any())
                return plan_subids(plan);
        plan->rung = USERNS_PRIVILEGED;
        if (identity_map("/proc/self/uid_map", &plan->uids, err) < 0 ||
            identity_map("/proc/self/gid_map", &plan->gids, err) < 0)
                return -1;
        if (is_single(&plan->uids) || is_single(&plan->gids))
                plan_single(plan, "this user namespace has a single id", NULL);
        return 0;
}

/* Sorted, and outside of the namespace that this process is in. */
static int restrict_one(const struct userns_plan *plan, const char *what, struct id_map *map,
                        const struct id_map *all, struct id_map *outside, struct error *err)
{
        struct error why = { 0 };

        id_map_sort(map);
        if (map->count == 0)
                return error_set(err, ERROR_INVALID, "the user namespace would have no %s", what);
        if (id_map_check(map, what, err) < 0)
                return -1;
        if (id_map_compose(map, all, outside, &why) == 0)
                return 0;
        if (why.kind != ERROR_NOT_FOUND)
                return error_copy(err, &why);
        error_set(
                err, ERROR_INVALID,
                "the user namespace wants %s %s, but of those that you may map there are %llu%s%s",
                what, why.text, (unsigned long long)id_map_size(all), plan->reason ? ": " : "",
                plan->reason ? plan->reason : "");
        return plan->cure
                       ? error_cure(err, "%s", plan->cure)
                       : error_cure(err, "see what there are: kelp unshare cat /proc/self/%s_map",
                                    what);
}

int userns_restrict(struct userns_plan *plan, const struct id_maps *maps, bool nested,
                    struct error *err)
{
        struct id_map uids, gids;
        uint32_t inside;

        plan->maps = *maps;
        if (restrict_one(plan, "uid", &plan->maps.uids, &plan->uids, &uids, err) < 0 ||
            restrict_one(plan, "gid", &plan->maps.gids, &plan->gids, &gids, err) < 0)
                return -1;
        plan->mapped = !id_map_is_whole(&plan->maps.uids, &plan->uids) ||
                       !id_map_is_whole(&plan->maps.gids, &plan->gids);
        plan->nested = plan->mapped && (nested || !id_map_inside(&plan->maps.uids, 0, &inside) ||
                                        !id_map_inside(&plan->maps.gids, 0, &inside));
        if (plan->mapped && !plan->nested) {
                plan->uids = uids;
                plan->gids = gids;
        }
        return 0;
}

/* Where a setting of the system forbids user namespaces, say which one. */
static int refused(int sys, struct error *err)
{
        error_sys(err, sys, "cannot create a user namespace");
        if (sys == ENOSPC)
                return error_cure(err,
                                  "raise the limit: sudo sysctl user.max_user_namespaces=15000");
        if (access("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", F_OK) == 0)
                return error_cure(err, "allow it: sudo sysctl "
                                       "kernel.apparmor_restrict_unprivileged_userns=0");
        if (access("/proc/sys/kernel/unprivileged_userns_clone", F_OK) == 0)
                return error_cure(err, "allow it: sudo sysctl kernel.unprivileged_userns_clone=1");
        return error_cure(err, "see: kelp doctor");
}

static char *map_text(const struct id_map *map)
{
        AUTO(strbuf) text = { 0 };

        for (size_t i = 0; i < map->count; i++)
                strbuf_addf(&text, "%u %u %u\n", map->ranges[i].inside, map->ranges[i].outside,
                            map->ranges[i].count);
        return strbuf_take(&text);
}

static int write_map(pid_t pid, const char *file, const struct id_map *map, struct error *err)
{
        AUTO_FREE char *path = xasprintf("/proc/%d/%s", pid, file);
        AUTO_FREE char *text = map_text(map);

        if (fd_write_existing(AT_FDCWD, path, text) < 0)
                return error_sys(err, errno, "write %s", path);
        return 0;
}

/* newuidmap PID inside outside count ...: started, not yet waited for. */
static int start_mapper(const char *program, pid_t target, const struct id_map *map, int stderr_fd,
                        pid_t *pid_out, struct error *err)
{
        AUTO(strv) argv = { 0 };

        strv_add(&argv, program);
        strv_addf(&argv, "%d", target);
        for (size_t i = 0; i < map->count; i++) {
                strv_addf(&argv, "%u", map->ranges[i].inside);
                strv_addf(&argv, "%u", map->ranges[i].outside);
                strv_addf(&argv, "%u", map->ranges[i].count);
        }
        return spawn_start(&(struct spawn_request){ .argv = (const char *const *)argv.items,
                                                    .fds = (struct spawn_fd[]){ { stderr_fd, 2 } },
                                                    .fd_count = 1 },
                           pid_out, err);
}

/* What the mappers complained of, as one line. */
static void read_complaint(int fd, char *text, size_t size)
{
        ssize_t n = fd_read_full(fd, text, size - 1);

        text[n > 0 ? n : 0] = '\0';
        text[strcspn(text, "\n")] = '\0';
}

static int run_mappers(pid_t target, const struct userns_plan *plan, struct error *err)
{
        char complaint[256];
        int problems[2];
        pid_t uid_pid, gid_pid;
        int uid_code, gid_code;

        if (pipe2(problems, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        if (start_mapper("newuidmap", target, &plan->uids, problems[1], &uid_pid, err) < 0 ||
            start_mapper("newgidmap", target, &plan->gids, problems[1], &gid_pid, err) < 0)
                return -1;
        close(problems[1]);
        uid_code = spawn_wait(uid_pid);
        gid_code = spawn_wait(gid_pid);
        if (uid_code == 0 && gid_code == 0)
                return 0;
        read_complaint(problems[0], complaint, sizeof(complaint));
        error_set(err, ERROR_DENIED, "cannot map subordinate ids: %s", complaint);
        return error_cure(err, "compare /etc/subuid and /etc/subgid with other users' ranges, and "
                               "see: kelp doctor");
}

/* The helper's life, in the parent namespace. `unshared` ends (or gets a byte) once the caller has
 * unshared; the answer goes to `answer`. */
static _Noreturn void helper_main(pid_t target, const struct userns_plan *plan, int unshared,
                                  int answer)
{
        struct error err = { 0 };
        char byte;
        int rc;

        if (fd_read_full(unshared, &byte, 1) != 1)
                _exit(0); /* the caller gave up */
        if (plan->rung == USERNS_PRIVILEGED)
                rc = write_map(target, "uid_map", &plan->uids, &err) < 0 ||
                                     write_map(target, "gid_map", &plan->gids, &err) < 0
                             ? -1
                             : 0;
        else
                rc = run_mappers(target, plan, &err);
        if (rc < 0)
                error_send(answer, &err);
        _exit(rc < 0);
}

/* A single id needs no helper: the namespace's first process may write it itself, once setgroups
 * is denied (user_namespaces(7)). */
static int enter_single(const struct userns_plan *plan, struct error *err)
{
        if (unshare(CLONE_NEWUSER) < 0)
                return refused(errno, err);
        if (fd_write_existing(AT_FDCWD, "/proc/self/setgroups", "deny") < 0)
                return error_sys(err, errno, "write /proc/self/setgroups");
        if (write_map(getpid(), "uid_map", &plan->uids, err) < 0)
                return -1;
        return write_map(getpid(), "gid_map", &plan->gids, err);
}

static void note_entered(const struct userns_plan *plan)
{
        entered = true;
        if (plan->rung == USERNS_SINGLE || !plan->nested)
                userns_mapping_name(plan, own_mapping, sizeof(own_mapping));
        if (plan->rung != USERNS_SINGLE && plan->mapped && !plan->nested)
                own_maps = plan->maps;
}

int userns_enter_begin(const struct userns_plan *plan, struct userns_entry *entry_out,
                       struct error *err)
{
        int unshared[2], answer[2];
        pid_t self = getpid(), helper;

        *entry_out = (struct userns_entry){ .sync_fd = -1 };
        note_entered(plan);
        if (plan->join_fd >= 0)
                return setns(plan->join_fd, CLONE_NEWUSER) < 0
                               ? error_sys(err, errno, "enter the user namespace")
                               : 0;
        if (plan->rung == USERNS_SINGLE)
                return enter_single(plan, err);
        if (pipe2(unshared, O_CLOEXEC) < 0 || pipe2(answer, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        helper = fork();
        if (helper < 0)
                return error_sys(err, errno, "fork");
        if (helper == 0) {
                close(unshared[1]);
                close(answer[0]);
                helper_main(self, plan, unshared[0], answer[1]);
        }
        close(unshared[0]);
        close(answer[1]);
        *entry_out = (struct userns_entry){ .helper = helper, .sync_fd = answer[0] };
        if (unshare(CLONE_NEWUSER) < 0) {
                refused(errno, err);
                close(unshared[1]);
                return -1;
        }
        (void)!write(unshared[1], "u", 1);
        close(unshared[1]);
        return 0;
}

/* A caller that is not root inside would lose its capabilities in every helper program it executes
 * (capabilities(7), "Transformation of capabilities during execve"): ambient ones stay. */
static int keep_capabilities(const struct userns_plan *plan, struct error *err)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2] = { 0 };

        if (userns_caller_inside(plan) == 0)
                return 0;
        if (syscall(SYS_capget, &header, data) < 0)
                return error_sys(err, errno, "read capabilities");
        data[0].inheritable = data[0].permitted;
        data[1].inheritable = data[1].permitted;
        if (syscall(SYS_capset, &header, data) < 0)
                return error_sys(err, errno, "keep capabilities");
        for (unsigned cap = 0; cap < 64; cap++)
                if (data[cap / 32].permitted & (1u << (cap % 32)))
                        (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
        return 0;
}

int userns_enter_finish(const struct userns_plan *plan, struct userns_entry *entry,
                        struct error *err)
{
        int fd = entry->sync_fd;
        int got;

        if (fd < 0)
                return keep_capabilities(plan, err);
        entry->sync_fd = -1;
        got = error_receive(fd, err);
        close(fd);
        if (entry->helper > 0)
                (void)waitpid(entry->helper, NULL, 0); /* a monitor is not its parent: ECHILD */
        entry->helper = 0;
        return got == 0 ? keep_capabilities(plan, err) : -1;
}

int userns_enter(struct error *err)
{
        struct userns_plan plan;
        struct userns_entry entry;

        if (entered)
                return 0;
        if (userns_plan(&plan, err) < 0 || userns_enter_begin(&plan, &entry, err) < 0)
                return -1;
        return userns_enter_finish(&plan, &entry, err);
}
