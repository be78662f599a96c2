/* What limits a container could have here: the controllers that whoever makes its cgroup can hand
 * down. */
#include "engine/runtime/cgroup.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/runtime/cgroup_apply.h"
#include "engine/runtime/scope.h"

#include <string.h>
#include <sys/socket.h>

/* The directory of the manager's own unit: it runs in its child init.scope. */
static char *manager_directory(uid_t uid)
{
        AUTO_FREE char *socket_path = scope_socket(uid);
        AUTO(dbus) bus = DBUS_EMPTY;
        struct ucred peer = { 0 };
        socklen_t len = sizeof(peer);
        char *path, *last;

        if (!socket_path || dbus_open(socket_path, &bus, NULL) < 0 ||
            getsockopt(bus.fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 || peer.pid <= 0)
                return NULL;
        path = cgroup_path_of(peer.pid);
        last = path ? strrchr(path, '/') : NULL;
        if (last && strcmp(last, "/init.scope") == 0)
                *last = '\0';
        return path;
}

bool cgroup_available(enum cgroup_manager manager, uid_t uid, struct strv *controllers_out)
{
        AUTO_FREE char *path =
                manager == CGROUP_SYSTEMD ? manager_directory(uid) : cgroup_path_of(0);
        AUTO_CLOSE int fd = path ? cgroup_open(path) : -1;

        return fd >= 0 && cgroup_read_words(fd, "cgroup.controllers", controllers_out);
}
