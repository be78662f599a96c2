/* What a root that is moved over the old one leaves behind it. See root_hide.h.
 *
 * Without pivot_root(2) the old root stays, covered but part of the mount namespace. No path leads
 * there, but the kernel looks at all mounts when somebody in a user namespace wants a proc or sysfs
 * of his own: he gets one when a whole one, with nothing locked over it, is there already. The
 * host's would do, and what masks the container's would be got round. So an empty file system goes
 * over each; a mount namespace that belongs to another user namespace gets it locked
 * (mount_namespaces(7)).
 */
#include "engine/runtime/root_hide.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/strv.h"
#include "engine/runtime/mounting.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/stat.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>

struct mounted {
        int id, parent;
        bool counts; /* a proc or sysfs, from its own root on */
        char *point; /* into the line */
};

/* proc(5): space, tab, newline and backslash are octal. */
static void unescape(char *text)
{
        char *to = text;
        unsigned code;

        for (const char *from = text; *from; from++) {
                if (*from == '\\' && sscanf(from + 1, "%3o", &code) == 1) {
                        *to++ = (char)code;
                        from += 3;
                } else {
                        *to++ = *from;
                }
        }
        *to = '\0';
}

/* "36 35 98:0 / /proc rw,noatime master:1 - proc proc rw" */
static bool parse(char *line, struct mounted *out)
{
        char *type = strstr(line, " - ");
        int root, point, end;

        if (!type || sscanf(line, "%d %d %*s %n%*s %n%*s%n", &out->id, &out->parent, &root, &point,
                            &end) != 2)
                return false;
        out->counts = strncmp(line + root, "/ ", 2) == 0 &&
                      (strncmp(type + 3, "proc ", 5) == 0 || strncmp(type + 3, "sysfs ", 6) == 0);
        line[end] = '\0';
        out->point = line + point;
        unescape(out->point);
        return true;
}

static int mount_id(int fd)
{
        struct statx stx;

        return syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0 ||
                               !(stx.stx_mask & STATX_MNT_ID)
                       ? -1
                       : (int)stx.stx_mnt_id;
}

static bool is_below(const struct mounted *all, size_t count, int id, int root_id)
{
        for (size_t steps = 0; steps <= count && id != root_id; steps++) {
                size_t i = 0;

                while (i < count && all[i].id != id)
                        i++;
                if (i == count || all[i].parent == id)
                        return false;
                id = all[i].parent;
        }
        return id == root_id;
}

static bool is_covered(const struct mounted *all, size_t count, const struct mounted *it)
{
        for (size_t i = 0; i < count; i++)
                if (all[i].parent == it->id && &all[i] != it &&
                    strcmp(all[i].point, it->point) == 0)
                        return true;
        return false;
}

/* Private first, because a mount on a shared one would show outside. */
static int cover(const struct mounted *it)
{
        struct step step = { .kind = STEP_FILESYSTEM, .fstype = (char *)(uintptr_t) "tmpfs" };
        struct attribute_change nothing = { 0 }, read_only = { .set = MOUNT_ATTR_RDONLY };
        AUTO_CLOSE int place = open(it->point, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        AUTO_CLOSE int empty = mounting_new(&step);

        if (place < 0 || empty < 0)
                return -1;
        if (mount_id(place) != it->id) {
                errno = ESTALE;
                return -1;
        }
        return mounting_change(place, false, nothing, MS_PRIVATE) < 0 ||
                               mounting_change(empty, false, read_only, 0) < 0 ||
                               mounting_move(empty, place) < 0
                       ? -1
                       : 0;
}

int root_hide_old(int root_fd, struct error *err)
{
        AUTO_FREE char *text = NULL;
        AUTO_FREE struct mounted *all = NULL;
        AUTO(strv) lines = { 0 };
        size_t count = 0;
        int root_id = mount_id(root_fd);

        if (root_id < 0)
                return error_sys(err, errno, "look at the root file system");
        if (fd_read_file(AT_FDCWD, "/proc/self/mountinfo", LIMIT_PROC_FILE, &text, NULL, err) < 0)
                return -1;
        strv_split(&lines, text, '\n');
        all = xcalloc(lines.count + 1, sizeof(*all));
        for (size_t i = 0; i < lines.count; i++)
                count += parse(lines.items[i], &all[count]);
        /* The last mounts first: those below are out of reach afterwards. */
        for (size_t i = count; i-- > 0;)
                if (all[i].counts && !is_below(all, count, all[i].id, root_id) &&
                    !is_covered(all, count, &all[i]) && cover(&all[i]) < 0)
                        return error_sys(err, errno, "--no-pivot: hide the old root's %s",
                                         all[i].point);
        return 0;
}
