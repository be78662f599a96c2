/* --preserve-fds. See oci_fds.h. */
#include "cli/oci_fds.h"

#include "engine/runtime/plan.h"

#include <fcntl.h>

int oci_fds_inherited(void)
{
        int count = 0;

        while (count < PRESERVE_FDS_MAX && fcntl(3 + count, F_GETFD) >= 0)
                count++;
        return count;
}

int oci_fds_check(const struct opt_int *option, int inherited, int *count_out, struct error *err)
{
        if (option->value < 0 || option->value > PRESERVE_FDS_MAX)
                return error_set(err, ERROR_USAGE,
                                 "--preserve-fds: a number from 0 to %d is needed",
                                 PRESERVE_FDS_MAX);
        if (option->value > inherited)
                return error_set(err, ERROR_USAGE, "--preserve-fds=%lld: descriptor %d is not open",
                                 option->value, 3 + inherited);
        *count_out = (int)option->value;
        return 0;
}
