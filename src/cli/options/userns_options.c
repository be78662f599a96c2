/* Options for the user namespace. See userns_options.h. */
#include "cli/options/userns_options.h"

#include <stdlib.h>

static const char *mode_of_environment(void)
{
        const char *own = getenv("KELP_USERNS");

        return own ? own : getenv("PODMAN_USERNS");
}

struct userns_request userns_request_of(const struct userns_args *args)
{
        struct userns_request request = { .mode = args->mode,
                                          .uid_map = args->uid_map,
                                          .gid_map = args->gid_map,
                                          .subuid_name = args->subuid_name,
                                          .subgid_name = args->subgid_name };

        if (!request.mode && !request.uid_map.count && !request.gid_map.count &&
            !request.subuid_name && !request.subgid_name)
                request.mode = mode_of_environment();
        return request;
}
