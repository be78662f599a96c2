/* Scopes. A call goes over the bus ($XDG_RUNTIME_DIR/bus, as root the system's), or, where no D-Bus
 * daemon runs, straight to systemd's private socket, the one of systemctl(1). The bus comes first:
 * over the private socket systemd tells of everything it does, which takes it longer than the
 * daemon's detour.
 *
 * Measured, systemd 257 in an emulated guest, from the first byte to JobRemoved, best and mean of
 * ten: bus 158 and 261 ms, private socket 235 and 293 ms, sd-bus of libsystemd over the bus 210 and
 * 283 ms. Loading libsystemd 252 with dlopen(3) takes 1.8 ms where an empty program takes 2.7; two
 * calls do not need its type system, so that there is a client of our own (dbus.c).
 */
#include "engine/runtime/scope.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <string.h>

#define MANAGER_NAME      "org.freedesktop.systemd1"
#define MANAGER_PATH      "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"
#define DAEMON_NAME       "org.freedesktop.DBus"
#define DAEMON_PATH       "/org/freedesktop/DBus"
#define SERIAL_CALL       1
#define SERIAL_HELLO      2
#define SERIAL_MATCH      3
/* As long as systemd gives a unit to start (DefaultTimeoutStartSec); an emulated machine under load
 * was seen to need more than 30 seconds. */
#define WAIT_MS           90000
/* systemctl stop: the container's processes have so long after SIGTERM, podman's default. */
#define STOP_TIMEOUT_US   10000000

char *scope_socket(uid_t uid)
{
        const char *runtime = getenv("XDG_RUNTIME_DIR");
        char *path;

        if (uid == 0 && access("/run/systemd/private", W_OK) == 0)
                return xstrdup("/run/systemd/private");
        path = runtime && runtime[0] ? xasprintf("%s/systemd/private", runtime)
                                     : xasprintf("/run/user/%u/systemd/private", uid);
        if (access(path, W_OK) == 0)
                return path;
        free(path);
        return NULL;
}

static void put_daemon_call(struct dbus *bus, const char *member, uint32_t serial,
                            const char *argument)
{
        AUTO(strbuf) body = { 0 };
        const struct dbus_call call = { .destination = DAEMON_NAME,
                                        .path = DAEMON_PATH,
                                        .interface = DAEMON_NAME,
                                        .member = member,
                                        .signature = argument ? "s" : NULL,
                                        .serial = serial };

        if (argument)
                dbus_put_string(&body, argument);
        dbus_put_call(&bus->out, &call, argument ? &body : NULL);
}

/* Beside the private socket: /run/user/UID/systemd/private and /run/user/UID/bus. */
static char *bus_socket(const char *private)
{
        static const char tail[] = "/systemd/private";

        if (strcmp(private, "/run/systemd/private") == 0)
                return xstrdup("/run/dbus/system_bus_socket");
        return xasprintf("%.*s/bus", (int)(strlen(private) - strlen(tail)), private);
}

int scope_connect(uid_t uid, struct dbus *bus_out, struct error *err)
{
        AUTO_FREE char *private = scope_socket(uid);
        AUTO_FREE char *daemon = private ? bus_socket(private) : NULL;

        if (!private)
                return error_set(err, ERROR_NOT_FOUND, "no systemd manages our processes here");
        if (dbus_open(daemon, bus_out, NULL) < 0)
                return dbus_open(private, bus_out, err);
        bus_out->broker = true;
        put_daemon_call(bus_out, "Hello", SERIAL_HELLO, NULL);
        put_daemon_call(bus_out, "AddMatch", SERIAL_MATCH,
                        "type='signal',sender='" MANAGER_NAME "',interface='" MANAGER_INTERFACE
                        "',member='JobRemoved'");
        return 0;
}

static void put_property(struct strbuf *body, const char *name, const char *type)
{
        dbus_put_align(body, 8);
        dbus_put_string(body, name);
        dbus_put_signature(body, type);
}

static void put_pids(struct strbuf *body, const pid_t *pids, size_t count)
{
        struct dbus_array array = dbus_begin_array(body, 4);

        for (size_t i = 0; i < count; i++)
                dbus_put_u32(body, (uint32_t)pids[i]);
        dbus_end_array(body, array);
}

static void put_properties(struct strbuf *body, const struct scope_request *request)
{
        struct dbus_array array = dbus_begin_array(body, 8);

        put_property(body, "Description", "s");
        dbus_put_string(body, request->description);
        put_property(body, "PIDs", "au");
        put_pids(body, request->pids, request->pid_count);
        put_property(body, "Delegate", "b");
        dbus_put_u32(body, 1);
        put_property(body, "Slice", "s");
        dbus_put_string(body, request->slice);
        put_property(body, "CollectMode", "s");
        dbus_put_string(body, "inactive-or-failed");
        put_property(body, "TimeoutStopUSec", "t");
        dbus_put_u64(body, STOP_TIMEOUT_US);
        dbus_end_array(body, array);
}

static void put_manager_call(struct dbus *bus, const char *member, const char *signature,
                             const struct strbuf *body)
{
        const struct dbus_call call = { .destination = bus->broker ? MANAGER_NAME : NULL,
                                        .path = MANAGER_PATH,
                                        .interface = MANAGER_INTERFACE,
                                        .member = member,
                                        .signature = signature,
                                        .serial = SERIAL_CALL };

        dbus_put_call(&bus->out, &call, body);
}

int scope_start(struct dbus *bus, const struct scope_request *request, struct error *err)
{
        AUTO(strbuf) body = { 0 };

        dbus_put_string(&body, request->unit);
        dbus_put_string(&body, "fail"); /* when another job on it waits */
        put_properties(&body, request);
        dbus_end_array(&body, dbus_begin_array(&body, 8)); /* no auxiliary units */
        put_manager_call(bus, "StartTransientUnit", "ssa(sv)a(sa(sv))", &body);
        return dbus_flush(bus, err);
}

static int refused(const struct dbus_message *message, const char *unit, struct error *err)
{
        size_t at = 0;
        const char *text = message->signature[0] == 's' ? dbus_get_string(message, &at) : NULL;

        if (strcmp(message->error_name, "org.freedesktop.systemd1.UnitExists") == 0)
                return error_set(err, ERROR_IN_USE, "systemd has a unit %s already", unit);
        return error_set(err, ERROR_GENERAL, "systemd refused %s: %s", unit,
                         text ? text : message->error_name);
}

/* JobRemoved(u id, o job, s unit, s result). 1: this was our unit's. */
static int job_removed(const struct dbus_message *message, const char *unit, struct error *err)
{
        size_t at = sizeof(uint32_t);
        const char *job, *name, *result;

        if (strcmp(message->member, "JobRemoved") != 0 || strcmp(message->signature, "uoss") != 0)
                return 0;
        job = dbus_get_string(message, &at);
        name = job ? dbus_get_string(message, &at) : NULL;
        result = name ? dbus_get_string(message, &at) : NULL;
        if (!result || strcmp(name, unit) != 0)
                return 0;
        if (strcmp(result, "done") == 0)
                return 1;
        return error_set(err, ERROR_GENERAL, "systemd could not start %s: %s", unit, result);
}

/* Messages until `wanted` is seen: the call's own reply, or its job's end. */
static int wait_for(struct dbus *bus, const char *unit, bool job, struct error *err)
{
        int64_t deadline = dbus_deadline(WAIT_MS);

        for (;;) {
                AUTO(dbus_message) message = { 0 };
                int rc = 0;

                if (dbus_receive(bus, deadline, &message, err) < 0)
                        return error_context(err, "waiting for systemd's %s", unit);
                if (message.type == DBUS_ERROR)
                        return refused(&message, unit, err);
                if (message.type == DBUS_RETURN && message.reply_serial == SERIAL_CALL && !job)
                        return 0;
                if (message.type == DBUS_SIGNAL && job)
                        rc = job_removed(&message, unit, err);
                if (rc != 0)
                        return rc < 0 ? -1 : 0;
        }
}

int scope_wait(struct dbus *bus, const char *unit, struct error *err)
{
        return wait_for(bus, unit, true, err);
}

int scope_attach(uid_t uid, const char *unit, const char *subgroup, pid_t pid, struct error *err)
{
        AUTO(dbus) bus = DBUS_EMPTY;
        AUTO(strbuf) body = { 0 };

        if (scope_connect(uid, &bus, err) < 0)
                return -1;
        dbus_put_string(&body, unit);
        dbus_put_string(&body, subgroup);
        put_pids(&body, &pid, 1);
        put_manager_call(&bus, "AttachProcessesToUnit", "ssau", &body);
        if (dbus_flush(&bus, err) < 0)
                return -1;
        return wait_for(&bus, unit, false, err);
}
