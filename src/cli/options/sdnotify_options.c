/* See sdnotify_options.h. */
#include "cli/options/sdnotify_options.h"

#include "base/alloc.h"
#include "engine/container/notify.h"

#include <stdlib.h>
#include <string.h>

int sdnotify_options_fill(const struct sdnotify_args *args, struct container_spec *spec,
                          struct error *err)
{
        const char *socket = getenv("NOTIFY_SOCKET");

        if (args->mode && notify_parse(args->mode, spec, err) < 0)
                return -1;
        if (!notify_ignores(spec) && socket && socket[0])
                spec->notify_socket = xstrdup(socket);
        return 0;
}
