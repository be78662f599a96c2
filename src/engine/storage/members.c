/* Records of members, from lower layers into the topmost. See members.h.
 *
 * The merged tree (merged.h) is walked as far as the topmost layer has directories. In each the
 * names that lower parts have records of are looked at: what shows there from that very part gets
 * its record in the topmost one.
 */
#include "engine/storage/members.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/storage/merged.h"
#include "rootless/override.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

#define NAMES_MAX ((size_t)64 << 10) /* of listxattr(2) */

static int copy_record(int from_fd, int to_fd, const char *xattr, struct error *err)
{
        char text[OVERRIDE_TEXT_MAX];
        ssize_t len = fgetxattr(from_fd, xattr, text, sizeof(text));

        if (len <= 0 || fsetxattr(to_fd, xattr, text, (size_t)len, XATTR_CREATE) == 0 ||
            errno == EEXIST || errno == ENOSPC || errno == ENOTSUP)
                return 0;
        return error_sys(err, errno, "record owners in a layer's directory");
}

static bool shows(const struct merged_entries *entries, const char *name, size_t part)
{
        const struct merged_entry *entry = merged_find(entries, name);

        return entry && entry->part == part && !S_ISREG(entry->st.st_mode) &&
               !S_ISDIR(entry->st.st_mode);
}

/* entries: of the whole directory, listed when they are needed first. */
static int collect_part(const struct merged_dir *dir, size_t part, struct merged_entries *entries,
                        struct error *err)
{
        AUTO_FREE char *names = xmalloc(NAMES_MAX);
        ssize_t size = flistxattr(dir->fds[part], names, NAMES_MAX);
        size_t prefix = strlen(OVERRIDE_XATTR_MEMBER);

        for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
                if (strncmp(name, OVERRIDE_XATTR_MEMBER, prefix) != 0)
                        continue;
                if (!entries->items && merged_list(dir, entries, err) < 0)
                        return -1;
                if (shows(entries, name + prefix, part) &&
                    copy_record(dir->fds[part], dir->fds[0], name, err) < 0)
                        return -1;
        }
        return 0;
}

static int collect_dir(const struct merged_dir *dir, struct error *err)
{
        const struct merged_dir top = { .fds = dir->fds, .count = 1 };
        AUTO(merged_entries) all = { 0 };
        AUTO(merged_entries) own = { 0 };

        for (size_t part = 1; part < dir->count; part++)
                if (collect_part(dir, part, &all, err) < 0)
                        return -1;
        if (dir->count < 2) /* nothing is below */
                return 0;
        if (merged_list(&top, &own, err) < 0)
                return -1;
        for (size_t i = 0; i < own.count; i++) {
                AUTO(merged_dir) inner = { 0 };

                if (S_ISDIR(own.items[i].st.st_mode) &&
                    (merged_enter(dir, &own.items[i], &inner, err) < 0 ||
                     collect_dir(&inner, err) < 0))
                        return -1;
        }
        return 0;
}

int members_collect(int base_fd, const struct strv *layers, struct error *err)
{
        AUTO(merged_dir) dir = { 0 };

        if (merged_open(base_fd, layers, &dir, err) < 0)
                return -1;
        return collect_dir(&dir, err);
}
