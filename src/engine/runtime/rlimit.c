/* Resource limit names to numbers. */
#include "engine/runtime/rlimit.h"

#include "base/cleanup.h"

#include <string.h>
#include <strings.h>
#include <sys/resource.h>

bool rlimit_parse(const char *name, int *resource_out)
{
        static const struct {
                const char *name;
                int resource;
        } known[] = {
                { "as", RLIMIT_AS },
                { "core", RLIMIT_CORE },
                { "cpu", RLIMIT_CPU },
                { "data", RLIMIT_DATA },
                { "fsize", RLIMIT_FSIZE },
                { "locks", RLIMIT_LOCKS },
                { "memlock", RLIMIT_MEMLOCK },
                { "msgqueue", RLIMIT_MSGQUEUE },
                { "nice", RLIMIT_NICE },
                { "nofile", RLIMIT_NOFILE },
                { "nproc", RLIMIT_NPROC },
                { "rss", RLIMIT_RSS },
                { "rtprio", RLIMIT_RTPRIO },
                { "rttime", RLIMIT_RTTIME },
                { "sigpending", RLIMIT_SIGPENDING },
                { "stack", RLIMIT_STACK },
        };

        if (strncasecmp(name, "rlimit_", 7) == 0)
                name += 7;
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (strcasecmp(known[i].name, name) == 0) {
                        *resource_out = known[i].resource;
                        return true;
                }
        return false;
}
