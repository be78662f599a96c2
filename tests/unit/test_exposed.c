/* layer: engine */
#include "unit.h"

#include "base/cleanup.h"
#include "engine/network/exposed.h"

/* What the list is when these, up to NULL, were added. */
static void assert_settles(const char *const *texts, const char *expected)
{
        AUTO(strv) list = { 0 };
        char joined[256] = "";
        struct error err;

        for (; *texts; texts++)
                assert_succeeds(exposed_add(&list, *texts, &err), err);
        exposed_settle(&list);
        for (size_t i = 0; i < list.count; i++) {
                strcat(joined, list.items[i]);
                strcat(joined, " ");
        }
        assert_string_equal(joined, expected);
}

static void test_settle(void **state)
{
        (void)state;
        assert_settles((const char *const[]){ "80", NULL }, "80/tcp ");
        assert_settles((const char *const[]){ "2002", "2001-2003", "2004-2005/TCP", NULL },
                       "2001-2005/tcp ");
        assert_settles(
                (const char *const[]){ "53/udp,tcp", "9/sctp", "52/udp", "60-70", "1-65535", NULL },
                "9/sctp 1-65535/tcp 52-53/udp ");
        assert_settles((const char *const[]){ "80/", "82", NULL }, "80/tcp 82/tcp ");
}

static void test_refused(void **state)
{
        static const char *const bad[] = { "",        "0",   "65536",   "80-79",       "a",
                                           "80/x",    "80-", "-80",     "80/tcp/udp",  "1-2-3",
                                           "80/tcp,", "80 ", "8080:80", "999999999999" };
        AUTO(strv) list = { 0 };
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_fails_with(exposed_add(&list, bad[i], &err), err,
                                  bad[i][0] ? bad[i] : "invalid exposed port");
}

static void test_each(void **state)
{
        AUTO(strv) list = { 0 };
        struct exposed_port port = { 0 };
        struct error err;

        (void)state;
        assert_false(exposed_next(&list, &port));
        assert_succeeds(exposed_add(&list, "80-81", &err), err);
        assert_succeeds(exposed_add(&list, "53/udp", &err), err);
        exposed_settle(&list);
        port = (struct exposed_port){ 0 };
        assert_true(exposed_next(&list, &port));
        assert_int_equal(port.number, 80);
        assert_true(exposed_next(&list, &port));
        assert_int_equal(port.number, 81);
        assert_string_equal(port.protocol, "tcp");
        assert_true(exposed_next(&list, &port));
        assert_int_equal(port.number, 53);
        assert_string_equal(port.protocol, "udp");
        assert_false(exposed_next(&list, &port));
}

static void test_publish(void **state)
{
        struct container_spec spec = { 0 };
        struct error err;

        (void)state;
        assert_succeeds(exposed_add(&spec.exposed_ports, "80-82/tcp", &err), err);
        assert_succeeds(exposed_publish(&spec, &err), err);
        assert_int_equal(spec.port_count, 3);
        assert_true(spec.ports[0].host_port && spec.ports[1].host_port && spec.ports[2].host_port);
        assert_true(spec.ports[0].host_port != spec.ports[1].host_port);
        assert_succeeds(exposed_publish(&spec, &err), err);
        assert_int_equal(spec.port_count, 3);
        assert_succeeds(exposed_add(&spec.exposed_ports, "1/sctp", &err), err);
        assert_fails_with(exposed_publish(&spec, &err), err, "1/sctp");
        container_spec_release(&spec);
        assert_succeeds(exposed_add(&spec.exposed_ports, "1-65535", &err), err);
        assert_fails_with(exposed_publish(&spec, &err), err, "more than 1024");
        container_spec_release(&spec);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_settle),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_each),
                cmocka_unit_test(test_publish),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
