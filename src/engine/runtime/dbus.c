/* D-Bus without a library: see dbus.h. systemd's own library costs more to load than the whole
 * start of a container has time for (README, "What it needs"), and two calls need no type system.
 *
 * Messages are in this machine's byte order, as the specification allows. What comes in is bounded
 * (MESSAGE_MAX) and every length in it is checked against what was received.
 */
#include "engine/runtime/dbus.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define MESSAGE_MAX  ((size_t)1 << 20)
#define GREETING_MAX 512
#define FIXED_HEADER 16 /* up to and with the length of the header fields */
#define ENDIAN_MARK  (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 'l' : 'B')

enum field { /* "Header Fields" */
             FIELD_PATH = 1,
             FIELD_INTERFACE = 2,
             FIELD_MEMBER = 3,
             FIELD_ERROR_NAME = 4,
             FIELD_REPLY_SERIAL = 5,
             FIELD_DESTINATION = 6,
             FIELD_SENDER = 7,
             FIELD_SIGNATURE = 8,
             FIELD_UNIX_FDS = 9,
};

void dbus_put_align(struct strbuf *body, size_t alignment)
{
        while (body->len % alignment != 0)
                strbuf_addc(body, '\0');
}

void dbus_put_u32(struct strbuf *body, uint32_t value)
{
        dbus_put_align(body, sizeof(value));
        strbuf_add(body, &value, sizeof(value));
}

void dbus_put_u64(struct strbuf *body, uint64_t value)
{
        dbus_put_align(body, sizeof(value));
        strbuf_add(body, &value, sizeof(value));
}

void dbus_put_string(struct strbuf *body, const char *value)
{
        size_t len = strlen(value);

        dbus_put_u32(body, (uint32_t)len);
        strbuf_add(body, value, len + 1);
}

void dbus_put_signature(struct strbuf *body, const char *value)
{
        size_t len = strlen(value);

        strbuf_addc(body, (char)len);
        strbuf_add(body, value, len + 1);
}

struct dbus_array dbus_begin_array(struct strbuf *body, size_t alignment)
{
        struct dbus_array array;

        dbus_put_u32(body, 0);
        array.length_at = body->len - sizeof(uint32_t);
        dbus_put_align(body, alignment);
        array.start = body->len;
        return array;
}

/* The length counts from the first element, behind the padding. */
void dbus_end_array(struct strbuf *body, struct dbus_array array)
{
        uint32_t length = (uint32_t)(body->len - array.start);

        memcpy(body->data + array.length_at, &length, sizeof(length));
}

static void put_field(struct strbuf *header, enum field field, const char *type, const char *value)
{
        if (!value)
                return;
        dbus_put_align(header, 8);
        strbuf_addc(header, (char)field);
        dbus_put_signature(header, type);
        if (type[0] == 'g')
                dbus_put_signature(header, value);
        else
                dbus_put_string(header, value);
}

void dbus_put_call(struct strbuf *out, const struct dbus_call *call, const struct strbuf *body)
{
        AUTO(strbuf) header = { 0 };
        struct dbus_array fields;
        const char start[] = { ENDIAN_MARK, DBUS_CALL, 0, 1 };

        strbuf_add(&header, start, sizeof(start));
        dbus_put_u32(&header, body ? (uint32_t)body->len : 0);
        dbus_put_u32(&header, call->serial);
        fields = dbus_begin_array(&header, 8);
        put_field(&header, FIELD_PATH, "o", call->path);
        put_field(&header, FIELD_INTERFACE, "s", call->interface);
        put_field(&header, FIELD_MEMBER, "s", call->member);
        put_field(&header, FIELD_DESTINATION, "s", call->destination);
        put_field(&header, FIELD_SIGNATURE, "g", call->signature);
        dbus_end_array(&header, fields);
        dbus_put_align(&header, 8);
        strbuf_add(out, header.data, header.len);
        if (body)
                strbuf_add(out, body->data, body->len);
}

void dbus_release(struct dbus *bus)
{
        if (bus->fd >= 0)
                close(bus->fd);
        strbuf_release(&bus->out);
        *bus = DBUS_EMPTY;
}

int dbus_open(const char *socket_path, struct dbus *bus_out, struct error *err)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        static const char greeting[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
        AUTO_CLOSE int fd = -1;

        if (strlen(socket_path) >= sizeof(address.sun_path))
                return error_set(err, ERROR_INVALID, "the socket's path is too long: %s",
                                 socket_path);
        memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return error_sys(err, errno, "connect to %s", socket_path);
        *bus_out = DBUS_EMPTY;
        bus_out->fd = take_fd(&fd);
        strbuf_add(&bus_out->out, greeting, sizeof(greeting) - 1);
        return 0;
}

int dbus_flush(struct dbus *bus, struct error *err)
{
        const char *data = bus->out.data;
        size_t left = bus->out.len;

        while (left > 0) {
                ssize_t n = send(bus->fd, data, left, MSG_NOSIGNAL);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_sys(err, errno, "write to D-Bus");
                data += n;
                left -= (size_t)n;
        }
        strbuf_reset(&bus->out);
        return 0;
}

int64_t dbus_deadline(int timeout_ms)
{
        return clock_monotonic_ms() + timeout_ms;
}

/* Exactly len bytes before the deadline. */
static int read_exactly(int fd, void *data, size_t len, int64_t deadline_ms, struct error *err)
{
        size_t done = 0;

        while (done < len) {
                int64_t left = deadline_ms - dbus_deadline(0);
                struct pollfd slot = { .fd = fd, .events = POLLIN };
                ssize_t n;

                if (left <= 0 || poll(&slot, 1, (int)left) == 0)
                        return error_set(err, ERROR_GENERAL, "D-Bus: no answer in time");
                n = recv(fd, (char *)data + done, len - done, MSG_DONTWAIT);
                if (n == 0)
                        return error_set(err, ERROR_GENERAL, "D-Bus: the other side hung up");
                if (n < 0 && errno != EINTR && errno != EAGAIN)
                        return error_sys(err, errno, "read from D-Bus");
                if (n > 0)
                        done += (size_t)n;
        }
        return 0;
}

/* "DATA\r\n", then "OK guid\r\n"; byte by byte, because messages follow at once. */
static int read_greeting(struct dbus *bus, int64_t deadline_ms, struct error *err)
{
        char line[GREETING_MAX] = "";
        size_t len = 0;

        for (;;) {
                if (len + 1 >= sizeof(line))
                        return error_set(err, ERROR_INVALID, "D-Bus: the greeting is too long");
                if (read_exactly(bus->fd, line + len, 1, deadline_ms, err) < 0)
                        return -1;
                if (line[len++] != '\n')
                        continue;
                if (strncmp(line, "OK ", 3) == 0)
                        return 0;
                if (strncmp(line, "DATA", 4) != 0)
                        return error_set(err, ERROR_DENIED, "D-Bus: we were not let in");
                len = 0;
        }
}

static size_t aligned(size_t at, size_t alignment)
{
        return (at + alignment - 1) / alignment * alignment;
}

/* A string (u32 length) at *at of data; NULL when it does not fit. */
static const char *get_string(const char *data, size_t len, size_t *at)
{
        size_t start = aligned(*at, 4);
        uint32_t length;

        if (start > len || len - start < sizeof(length))
                return NULL;
        memcpy(&length, data + start, sizeof(length));
        start += sizeof(length);
        if (length >= len - start || data[start + length] != '\0')
                return NULL;
        *at = start + length + 1;
        return data + start;
}

const char *dbus_get_string(const struct dbus_message *message, size_t *at)
{
        return get_string(message->body, message->body_len, at);
}

/* A signature: u8 length. */
static const char *get_signature(const char *data, size_t len, size_t *at)
{
        size_t start = *at, length;

        if (start >= len)
                return NULL;
        length = (unsigned char)data[start++];
        if (length >= len - start || data[start + length] != '\0')
                return NULL;
        *at = start + length + 1;
        return data + start;
}

static void keep_text(struct dbus_message *message, int field, const char *text)
{
        if (field == FIELD_MEMBER)
                snprintf(message->member, sizeof(message->member), "%s", text);
        else if (field == FIELD_ERROR_NAME)
                snprintf(message->error_name, sizeof(message->error_name), "%s", text);
        else if (field == FIELD_SIGNATURE)
                snprintf(message->signature, sizeof(message->signature), "%s", text);
}

/* One (byte, variant) of the header; false when it is malformed. The specification gives each field
 * its type: o, s, g or u. */
static bool parse_field(struct dbus_message *message, const char *data, size_t len, size_t *at)
{
        int field = (unsigned char)data[(*at)++];
        const char *type = get_signature(data, len, at), *text;

        if (!type)
                return false;
        if (type[0] == 'u') {
                *at = aligned(*at, 4);
                if (*at > len || len - *at < sizeof(uint32_t))
                        return false;
                if (field == FIELD_REPLY_SERIAL)
                        memcpy(&message->reply_serial, data + *at, sizeof(uint32_t));
                *at += sizeof(uint32_t);
                return true;
        }
        if (type[0] != 'o' && type[0] != 's' && type[0] != 'g')
                return false;
        text = type[0] == 'g' ? get_signature(data, len, at) : get_string(data, len, at);
        if (text)
                keep_text(message, field, text);
        return text != NULL;
}

/* The fields begin at offset 16 of the message, a multiple of 8, so that offsets from there align
 * as those of the message do. */
static bool parse_fields(struct dbus_message *message, const char *data, size_t len)
{
        for (size_t at = 0; at < len; at = aligned(at, 8))
                if (!parse_field(message, data, len, &at))
                        return false;
        return true;
}

void dbus_message_release(struct dbus_message *message)
{
        free(message->body);
        *message = (struct dbus_message){ 0 };
}

int dbus_receive(struct dbus *bus, int64_t deadline_ms, struct dbus_message *message_out,
                 struct error *err)
{
        struct dbus_message message = { 0 };
        unsigned char fixed[FIXED_HEADER];
        uint32_t body_len, fields_len;
        AUTO_FREE char *rest = NULL;
        size_t padded;

        if (!bus->greeted && read_greeting(bus, deadline_ms, err) < 0)
                return -1;
        bus->greeted = true;
        if (read_exactly(bus->fd, fixed, sizeof(fixed), deadline_ms, err) < 0)
                return -1;
        memcpy(&body_len, fixed + 4, sizeof(body_len));
        memcpy(&fields_len, fixed + 12, sizeof(fields_len));
        if (fixed[0] != ENDIAN_MARK || fixed[3] != 1 || body_len > MESSAGE_MAX ||
            fields_len > MESSAGE_MAX)
                return error_set(err, ERROR_INVALID, "D-Bus: a message that cannot be read");
        padded = aligned(fields_len, 8);
        rest = xmalloc(padded + body_len + 1);
        if (read_exactly(bus->fd, rest, padded + body_len, deadline_ms, err) < 0)
                return -1;
        message.type = fixed[1];
        if (!parse_fields(&message, rest, fields_len))
                return error_set(err, ERROR_INVALID, "D-Bus: a message with a broken header");
        message.body_len = body_len;
        message.body = xmalloc(body_len + 1);
        memcpy(message.body, rest + padded, body_len);
        *message_out = message;
        return 0;
}
