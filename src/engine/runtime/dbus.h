/* As much of the D-Bus wire protocol (dbus-specification) as a few calls to systemd need: messages
 * out, replies and signals in, over a Unix socket. */
#ifndef KELP_ENGINE_RUNTIME_DBUS_H
#define KELP_ENGINE_RUNTIME_DBUS_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- what goes out --- */

/* A body under construction: values one after the other, each at its alignment. */
void dbus_put_u32(struct strbuf *body, uint32_t value);
void dbus_put_u64(struct strbuf *body, uint64_t value);
void dbus_put_string(struct strbuf *body, const char *value);
void dbus_put_signature(struct strbuf *body, const char *value);
void dbus_put_align(struct strbuf *body, size_t alignment);

/* An array of elements with this alignment; the number goes back to dbus_end_array(). */
struct dbus_array {
        size_t length_at, start;
};
struct dbus_array dbus_begin_array(struct strbuf *body, size_t alignment);
void dbus_end_array(struct strbuf *body, struct dbus_array array);

struct dbus_call {
        const char *destination; /* NULL on a connection without a broker */
        const char *path, *interface, *member;
        const char *signature; /* of the body; NULL: none */
        uint32_t serial;       /* not 0 */
};

/* Append the whole message to `out`. */
void dbus_put_call(struct strbuf *out, const struct dbus_call *call, const struct strbuf *body);

/* --- the connection --- */

struct dbus {
        int fd;            /* or -1 */
        struct strbuf out; /* not sent yet: the greeting, calls */
        bool greeted;      /* its answer was read */
        bool broker;       /* the other side is a D-Bus daemon: calls need a destination */
};

#define DBUS_EMPTY ((struct dbus){ .fd = -1 })

void dbus_release(struct dbus *bus);

/* Connect; the greeting (SASL EXTERNAL: who we are is what the socket says) waits in `out` for the
 * first call, so that both go in one write. */
int dbus_open(const char *socket_path, struct dbus *bus_out, struct error *err);

/* Send what waits. */
int dbus_flush(struct dbus *bus, struct error *err);

enum dbus_type { DBUS_CALL = 1, DBUS_RETURN = 2, DBUS_ERROR = 3, DBUS_SIGNAL = 4 };

/* A message that came; texts are "" when absent. */
struct dbus_message {
        enum dbus_type type;
        uint32_t reply_serial;
        char member[64];
        char error_name[128];
        char signature[32];
        char *body; /* the caller's to free with dbus_message_release() */
        size_t body_len;
};
void dbus_message_release(struct dbus_message *message);

/* The next message, within deadline_ms of CLOCK_MONOTONIC (dbus_deadline()). */
int dbus_receive(struct dbus *bus, int64_t deadline_ms, struct dbus_message *message_out,
                 struct error *err);
int64_t dbus_deadline(int timeout_ms);

/* The string at *at of a body, and *at moved behind it; NULL when it is not there whole. */
const char *dbus_get_string(const struct dbus_message *message, size_t *at);

#endif
