/* Landlock (landlock(7)): an unprivileged process gives up every path but one directory. Version 1
 * cannot allow links between directories, which layers have, so it counts as none (Linux < 5.19).
 */
#include "engine/storage/confine.h"

#include "base/cleanup.h"

#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* linux/landlock.h of Linux 6.7; the headers of a build machine may be older. */
struct ruleset {
        uint64_t handled_fs;
        uint64_t handled_net;
};

struct __attribute__((packed)) path_rule {
        uint64_t allowed;
        int32_t parent_fd;
};

#define RULE_PATH_BENEATH 1
#define QUERY_VERSION     1

static uint64_t fs_rights(long version)
{
        unsigned bits = version >= 5 ? 16 : version >= 3 ? 15 : 14; /* REFER 14th, TRUNCATE 15th */

        return (1ULL << bits) - 1;
}

int confine_to(int dir_fd, struct error *err)
{
        long version = syscall(SYS_landlock_create_ruleset, NULL, 0, QUERY_VERSION);
        struct ruleset ruleset = { .handled_fs = fs_rights(version),
                                   .handled_net = version >= 4 ? 3 : 0 };
        struct path_rule rule = { .allowed = ruleset.handled_fs, .parent_fd = dir_fd };
        AUTO_CLOSE int fd = -1;

        if (version < 2)
                return 0;
        fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset,
                          version >= 4 ? sizeof(ruleset) : sizeof(ruleset.handled_fs), 0);
        if (fd < 0 || syscall(SYS_landlock_add_rule, fd, RULE_PATH_BENEATH, &rule, 0) < 0 ||
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
            syscall(SYS_landlock_restrict_self, fd, 0) < 0)
                return error_sys(err, errno, "confine the unpacker");
        return 0;
}
