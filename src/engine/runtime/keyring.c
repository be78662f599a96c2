/* Session keyrings. See keyring.h. */
#include "engine/runtime/keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int keyring_make(const char *name, struct error *err)
{
        if (!name || syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name) >= 0 ||
            errno == ENOSYS || errno == EPERM)
                return 0;
        error_sys(err, errno, "make a session keyring");
        return error_cure(err, "--no-new-keyring does without");
}
