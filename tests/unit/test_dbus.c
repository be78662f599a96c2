/* layer: launch */
#include "unit.h"

#include "engine/runtime/dbus.h"
#include "engine/runtime/scope.h"

#include <string.h>
#include <sys/socket.h>

/* A connection whose other end is ours; the greeting's answer is on its way. */
static void connect_pair(struct dbus *bus, int *peer)
{
        static const char answer[] = "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n";
        int pair[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        *bus = DBUS_EMPTY;
        bus->fd = pair[0];
        *peer = pair[1];
        assert_int_equal(write(*peer, answer, sizeof(answer) - 1), sizeof(answer) - 1);
}

/* The example of the specification, "Message Format", by hand: a method call without a body. */
static void test_call(void **state)
{
        static const char expected[] = "l\1\0\1\0\0\0\0\7\0\0\0\37\0\0\0"
                                       "\1\1o\0\2\0\0\0/a\0\0\0\0\0\0"
                                       "\3\1s\0\6\0\0\0Member\0\0";
        const struct dbus_call call = { .path = "/a", .member = "Member", .serial = 7 };
        AUTO(strbuf) out = { 0 };

        (void)state;
        dbus_put_call(&out, &call, NULL);
        assert_int_equal(out.len, 16 + 32);
        if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
                assert_memory_equal(out.data, expected, out.len);
}

static void test_body(void **state)
{
        AUTO(strbuf) body = { 0 };
        struct dbus_array array;
        uint32_t length;

        (void)state;
        dbus_put_string(&body, "ab"); /* 4 + 3 */
        array = dbus_begin_array(&body, 8);
        assert_int_equal(array.length_at, 8);
        assert_int_equal(array.start, 16);
        dbus_put_u64(&body, 1);
        dbus_end_array(&body, array);
        memcpy(&length, body.data + 8, sizeof(length));
        assert_int_equal(length, 8);
        dbus_end_array(&body, dbus_begin_array(&body, 8)); /* an empty one is padded too */
        assert_int_equal(body.len, 32);
}

/* JobRemoved and errors, as systemd sends them: made with the writer, since a signal differs from a
 * call in one byte. */
static void send_message(int peer, enum dbus_type type, const char *member, const char *signature,
                         const struct strbuf *body)
{
        const struct dbus_call call = { .path = "/",
                                        .interface = "i.f",
                                        .member = member,
                                        .signature = signature,
                                        .serial = 9 };
        AUTO(strbuf) out = { 0 };

        dbus_put_call(&out, &call, body);
        out.data[1] = (char)type;
        assert_int_equal(write(peer, out.data, out.len), out.len);
}

static void send_job(int peer, const char *unit, const char *result)
{
        AUTO(strbuf) body = { 0 };

        dbus_put_u32(&body, 4);
        dbus_put_string(&body, "/job/4");
        dbus_put_string(&body, unit);
        dbus_put_string(&body, result);
        send_message(peer, DBUS_SIGNAL, "JobRemoved", "uoss", &body);
}

static void test_wait(void **state)
{
        AUTO(dbus) bus = DBUS_EMPTY;
        AUTO(strbuf) text = { 0 };
        struct error err;
        int peer;

        (void)state;
        connect_pair(&bus, &peer);
        send_message(peer, DBUS_RETURN, NULL, NULL, NULL);
        send_job(peer, "other.scope", "done");
        send_job(peer, "mine.scope", "done");
        assert_succeeds(scope_wait(&bus, "mine.scope", &err), err);
        send_job(peer, "mine.scope", "failed");
        assert_int_equal(scope_wait(&bus, "mine.scope", &err), -1);
        assert_non_null(strstr(err.text, "failed"));
        dbus_put_string(&text, "No such thing.");
        send_message(peer, DBUS_ERROR, NULL, "s", &text);
        assert_int_equal(scope_wait(&bus, "mine.scope", &err), -1);
        assert_non_null(strstr(err.text, "No such thing."));
        close(peer);
        assert_int_equal(scope_wait(&bus, "mine.scope", &err), -1);
        assert_non_null(strstr(err.text, "hung up"));
}

static void refuse(const char *data, size_t len)
{
        AUTO(dbus) bus = DBUS_EMPTY;
        struct dbus_message message;
        struct error err;
        int peer;

        connect_pair(&bus, &peer);
        assert_int_equal(write(peer, data, len), len);
        close(peer);
        assert_int_equal(dbus_receive(&bus, dbus_deadline(1000), &message, &err), -1);
}

static void test_broken(void **state)
{
        (void)state;
        refuse("B\4\0\1\0\0\0\0\1\0\0\0\0\0\0\0", 16);                     /* other order */
        refuse("l\4\0\1\377\377\377\177\1\0\0\0\0\0\0\0", 16);             /* 2 GiB of body */
        refuse("l\4\0\1\0\0\0\0\1\0\0\0\377\377\377\177", 16);             /* of fields */
        refuse("l\4\0\1\0\0\0\0\1\0\0\0\10\0\0\0\3\1s\0\377\377\0\0", 24); /* a long string */
        refuse("l\4\0\1\0\0\0\0\1\0\0\0\10\0\0\0\3\377s\0\1\0\0\0", 24);   /* a long type */
        refuse("l\4\0\1\0\0\0\0\1\0\0\0\10\0\0\0\3\1v\0\1\0\0\0", 24);     /* another type */
        refuse("l\4\0\1\0\0\0\0\1\0\0\0\5\0\0\0\5\1u\0\1\0\0\0", 24);      /* cut off */
}

static void test_deadline(void **state)
{
        AUTO(dbus) bus = DBUS_EMPTY;
        struct dbus_message message;
        struct error err;
        int peer;

        (void)state;
        connect_pair(&bus, &peer);
        assert_int_equal(dbus_receive(&bus, dbus_deadline(20), &message, &err), -1);
        assert_non_null(strstr(err.text, "no answer in time"));
        close(peer);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_call),     cmocka_unit_test(test_body),
                cmocka_unit_test(test_wait),     cmocka_unit_test(test_broken),
                cmocka_unit_test(test_deadline),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
