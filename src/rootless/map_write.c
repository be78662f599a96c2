/* Id maps from outside. See map_write.h and user_namespaces(7), "Defining user and group ID
 * mappings". */
#include "rootless/map_write.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/spawn.h"
#include "base/strbuf.h"
#include "base/strv.h"

#include <fcntl.h>
#include <string.h>

static char *map_text(const struct id_range *ranges, size_t count)
{
        AUTO(strbuf) text = { 0 };

        for (size_t i = 0; i < count; i++)
                strbuf_addf(&text, "%u %u %u\n", ranges[i].inside, ranges[i].outside,
                            ranges[i].count);
        return strbuf_take(&text);
}

static int write_file(pid_t pid, const char *file, const char *text)
{
        AUTO_FREE char *path = xasprintf("/proc/%d/%s", pid, file);

        return fd_write_existing(AT_FDCWD, path, text);
}

static bool is_single(const struct id_range *ranges, size_t count, uint32_t own)
{
        return count == 1 && ranges[0].count == 1 && ranges[0].outside == own;
}

/* 0; 1: it is not ours to write. */
static int write_directly(const struct map_request *r, struct error *err)
{
        AUTO_FREE char *uids = map_text(r->uids, r->uid_count);
        AUTO_FREE char *gids = map_text(r->gids, r->gid_count);
        bool single = geteuid() != 0 && is_single(r->uids, r->uid_count, geteuid()) &&
                      is_single(r->gids, r->gid_count, getegid());

        if (geteuid() != 0 && !single)
                return 1;
        if (single && write_file(r->target, "setgroups", "deny") < 0)
                return error_sys(err, errno, "write /proc/%d/setgroups", r->target);
        if (write_file(r->target, "uid_map", uids) < 0 ||
            write_file(r->target, "gid_map", gids) < 0) {
                error_sys(err, errno, "map the ids of the user namespace");
                return errno == EPERM ? 1 : -1;
        }
        return 0;
}

/* newuidmap PID inside outside count ...: started, not yet waited for. */
static int start_mapper(const char *program, pid_t target, const struct id_range *ranges,
                        size_t count, int stderr_fd, pid_t *pid_out, struct error *err)
{
        AUTO(strv) argv = { 0 };

        strv_add(&argv, program);
        strv_addf(&argv, "%d", target);
        for (size_t i = 0; i < count; i++) {
                strv_addf(&argv, "%u", ranges[i].inside);
                strv_addf(&argv, "%u", ranges[i].outside);
                strv_addf(&argv, "%u", ranges[i].count);
        }
        return spawn_start(&(struct spawn_request){ .argv = (const char *const *)argv.items,
                                                    .fds = (struct spawn_fd[]){ { stderr_fd, 2 } },
                                                    .fd_count = 1 },
                           pid_out, err);
}

static int refused(int complaints, struct error *err)
{
        char text[256];
        ssize_t n = fd_read_full(complaints, text, sizeof(text) - 1);

        text[n > 0 ? n : 0] = '\0';
        text[strcspn(text, "\n")] = '\0';
        error_set(err, ERROR_DENIED, "cannot map the ids of the user namespace: %s", text);
        return error_cure(err, "the ids outside have to be your own or in /etc/subuid and "
                               "/etc/subgid; see: kelp doctor");
}

static int run_mappers(const struct map_request *r, struct error *err)
{
        AUTO_CLOSE int complaints = -1;
        pid_t uid_pid, gid_pid;
        int pair[2], uid_code, gid_code;

        if (pipe2(pair, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        complaints = pair[0];
        if (start_mapper("newuidmap", r->target, r->uids, r->uid_count, pair[1], &uid_pid, err) <
            0) {
                close(pair[1]);
                return -1;
        }
        if (start_mapper("newgidmap", r->target, r->gids, r->gid_count, pair[1], &gid_pid, err) < 0)
                gid_pid = -1;
        close(pair[1]);
        uid_code = spawn_wait(uid_pid);
        gid_code = gid_pid > 0 ? spawn_wait(gid_pid) : -1;
        if (gid_pid < 0)
                return -1;
        return uid_code == 0 && gid_code == 0 ? 0 : refused(complaints, err);
}

int map_write(const struct map_request *request, struct error *err)
{
        int rc = write_directly(request, err);

        return rc > 0 ? run_mappers(request, err) : rc;
}
