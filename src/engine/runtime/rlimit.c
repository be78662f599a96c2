/* Resource limit names to numbers. */
#include "engine/runtime/rlimit.h"

#include "base/cleanup.h"

#include <string.h>
#include <strings.h>
#include <sys/resource.h>

static const struct {
        const char *name;
        int resource;
} known[] = {
        { "AS", RLIMIT_AS },
        { "CORE", RLIMIT_CORE },
        { "CPU", RLIMIT_CPU },
        { "DATA", RLIMIT_DATA },
        { "FSIZE", RLIMIT_FSIZE },
        { "LOCKS", RLIMIT_LOCKS },
        { "MEMLOCK", RLIMIT_MEMLOCK },
        { "MSGQUEUE", RLIMIT_MSGQUEUE },
        { "NICE", RLIMIT_NICE },
        { "NOFILE", RLIMIT_NOFILE },
        { "NPROC", RLIMIT_NPROC },
        { "RSS", RLIMIT_RSS },
        { "RTPRIO", RLIMIT_RTPRIO },
        { "RTTIME", RLIMIT_RTTIME },
        { "SIGPENDING", RLIMIT_SIGPENDING },
        { "STACK", RLIMIT_STACK },
};

bool rlimit_parse(const char *name, int *resource_out)
{
        if (strncasecmp(name, "rlimit_", 7) == 0)
                name += 7;
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (strcasecmp(known[i].name, name) == 0) {
                        *resource_out = known[i].resource;
                        return true;
                }
        return false;
}

const char *rlimit_name(int resource)
{
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (known[i].resource == resource)
                        return known[i].name;
        return "?";
}
