/* Limits and controllers of one cgroup directory. See cgroup_apply.h.
 *
 * A controller can be missing in three places, and each has its own cure: the kernel does not have
 * it, it is bound to a hierarchy of version 1 (/proc/cgroups has that hierarchy's number), or it
 * was not delegated to us (systemd delegates what user@.service says).
 */
#include "engine/runtime/cgroup_apply.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <string.h>

#define DELEGATE_DIR "/etc/systemd/system/user@.service.d"

bool cgroup_read_words(int dir_fd, const char *file, struct strv *words_out)
{
        AUTO_FREE char *text = NULL;

        if (fd_read_file(dir_fd, file, LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return false;
        text[strcspn(text, "\n")] = '\0';
        if (text[0])
                strv_split(words_out, text, ' ');
        return true;
}

/* From /proc/cgroups: "memory 4 97 1" - name, hierarchy (0: not version 1), groups, enabled. cpuset
 * and cpu stand there too, io as blkio. */
static void look_up(const char *controller, bool *known, bool *version_1)
{
        AUTO_FREE char *text = NULL;
        AUTO(strv) lines = { 0 };
        const char *name = strcmp(controller, "io") == 0 ? "blkio" : controller;
        size_t len = strlen(name);

        *known = *version_1 = false;
        if (fd_read_file(AT_FDCWD, "/proc/cgroups", LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return;
        strv_split(&lines, text, '\n');
        for (size_t i = 0; i < lines.count; i++) {
                int hierarchy, groups, enabled;

                if (strncmp(lines.items[i], name, len) != 0 || lines.items[i][len] != '\t')
                        continue;
                if (sscanf(lines.items[i] + len, "%d %d %d", &hierarchy, &groups, &enabled) == 3) {
                        *known = enabled != 0;
                        *version_1 = hierarchy != 0;
                }
        }
}

int cgroup_missing(const char *controller, struct error *err)
{
        error_set(err, ERROR_UNSUPPORTED,
                  "the limit cannot be kept: the cgroup controller \"%s\" is not available here",
                  controller);
        return cgroup_cure(controller, err);
}

int cgroup_cure(const char *controller, struct error *err)
{
        bool known, version_1;

        look_up(controller, &known, &version_1);
        if (version_1)
                return error_cure(err, "it is bound to cgroup v1: boot with cgroup_no_v1=all "
                                       "systemd.unified_cgroup_hierarchy=1");
        if (access("/run/systemd/system", F_OK) == 0)
                return error_cure(err,
                                  "delegate it: sudo mkdir -p " DELEGATE_DIR
                                  "; printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' | "
                                  "sudo tee " DELEGATE_DIR
                                  "/delegate.conf; sudo systemctl daemon-reload; log in again");
        if (!known)
                return error_cure(err, "this kernel does not have it");
        return error_cure(err,
                          "start kelp in a cgroup of its own that has it: as root, write +%s to "
                          "cgroup.subtree_control above it, and chown it to the user",
                          controller);
}

/* What the file's own first word is, for CGROUP_KEEP. */
static char *kept_value(int dir_fd, const char *file, const char *value)
{
        AUTO(strv) words = { 0 };

        (void)cgroup_read_words(dir_fd, file, &words);
        return xasprintf("%s%s", words.count ? words.items[0] : "max", value + strlen(CGROUP_KEEP));
}

static int write_value(int dir_fd, const char *file, const char *value)
{
        AUTO_FREE char *kept = NULL;

        if (strncmp(value, CGROUP_KEEP, strlen(CGROUP_KEEP)) == 0)
                kept = kept_value(dir_fd, file, value);
        return fd_write_existing(dir_fd, file, kept ? kept : value);
}

/* The file is not there: its controller is not, or the kernel lacks just this file. */
static int absent(int dir_fd, const struct cgroup_limit *limit, struct error *err)
{
        AUTO_FREE char *controller = cgroup_controller_of(limit->file);
        AUTO(strv) present = { 0 };

        if (controller[0] && cgroup_read_words(dir_fd, "cgroup.controllers", &present) &&
            !strv_contains(&present, controller))
                return cgroup_missing(controller, err);
        if (limit->lenient) {
                log_warn("this kernel has no %s: memory is limited without swap, continuing",
                         limit->file);
                return 0;
        }
        return error_set(err, ERROR_UNSUPPORTED,
                         "the limit cannot be kept: this kernel has no %s%s%s", limit->file,
                         limit->other_file ? " and no " : "",
                         limit->other_file ? limit->other_file : "");
}

static int apply_one(int dir_fd, const struct cgroup_limit *limit, struct error *err)
{
        const char *file = limit->file, *value = limit->value;

        if (write_value(dir_fd, file, value) == 0)
                return 0;
        if (errno == ENOENT && limit->other_file) {
                file = limit->other_file;
                value = limit->other_value;
                if (write_value(dir_fd, file, value) == 0)
                        return 0;
        }
        if (errno == ENOENT)
                return absent(dir_fd, limit, err);
        return error_sys(err, errno, "write \"%s\" to %s", value, file);
}

static int check_memory(int dir_fd, int64_t least, struct error *err)
{
        AUTO(strv) words = { 0 };

        if (cgroup_read_words(dir_fd, "memory.current", &words) && words.count == 1 &&
            strtoll(words.items[0], NULL, 10) > least)
                return error_set(err, ERROR_INVALID,
                                 "the memory limit %lld is below what is in use, %s",
                                 (long long)least, words.items[0]);
        return 0;
}

int cgroup_apply(int dir_fd, const struct cgroup_limits *limits, struct error *err)
{
        if (limits->check_memory && check_memory(dir_fd, limits->least_memory, err) < 0)
                return -1;
        for (size_t i = 0; i < limits->count; i++)
                if (apply_one(dir_fd, &limits->items[i], err) < 0)
                        return -1;
        return 0;
}

/* Those that are wanted and not yet handed down, as "+cpu +memory". */
static int words_to_write(const struct strv *wanted, const struct strv *present,
                          const struct strv *enabled, struct strbuf *text, struct error *err)
{
        for (size_t i = 0; i < wanted->count; i++) {
                if (!strv_contains(present, wanted->items[i]))
                        return cgroup_missing(wanted->items[i], err);
                if (!strv_contains(enabled, wanted->items[i]))
                        strbuf_addf(text, "%s+%s", text->len ? " " : "", wanted->items[i]);
        }
        return 0;
}

int cgroup_enable(int dir_fd, const struct strv *names, struct error *err)
{
        AUTO(strv) present = { 0 }, enabled = { 0 };
        AUTO(strbuf) text = { 0 };

        if (!cgroup_read_words(dir_fd, "cgroup.controllers", &present) ||
            !cgroup_read_words(dir_fd, "cgroup.subtree_control", &enabled))
                return error_sys(err, errno, "read the controllers of the cgroup");
        if (words_to_write(names ? names : &present, &present, &enabled, &text, err) < 0)
                return -1;
        if (text.len == 0 || fd_write_existing(dir_fd, "cgroup.subtree_control", text.data) == 0)
                return 0;
        if (errno == EBUSY)
                return 1;
        error_sys(err, errno, "the limit cannot be kept: enable the cgroup controllers %s",
                  text.data);
        if (access("/run/systemd/system", F_OK) == 0)
                return error_cure(err, "start kelp in a cgroup that is yours: systemd-run --user "
                                       "--scope -p Delegate=yes kelp ...");
        return error_cure(err, "start kelp in a cgroup that is yours: as root, make one, chown it "
                               "to the user");
}
