/* layer: engine */
/* Lines of /etc/passwd and /etc/group: finding one, and filling a template. */
#include "unit.h"

#include "engine/container/accounts_entry.h"
#include "engine/container/user.h"

static void test_has_entry(void **state)
{
        const char *passwd = "root:x:0:0:root:/root:/bin/sh\n"
                             "broken\n\n::\n"
                             "bad:x:12x:0::/:\n"
                             "web:x:0033:33::/srv:/bin/sh"; /* no newline behind the last */

        (void)state;
        assert_true(user_is_listed(passwd, "root", 77));
        assert_true(user_is_listed(passwd, NULL, 0));
        assert_true(user_is_listed(passwd, NULL, 33));
        assert_true(user_is_listed(passwd, "web", 1));
        assert_true(user_is_listed(passwd, "broken", 1));
        assert_false(user_is_listed(passwd, "ro", 1));
        assert_false(user_is_listed(passwd, "roots", 1));
        assert_false(user_is_listed(passwd, NULL, 12));
        assert_false(user_is_listed(NULL, "root", 0));
        assert_false(user_is_listed("", "root", 0));
}

static void test_parse_id(void **state)
{
        static const char *const bad[] = { "",   "-1",   "+1",         " 1",
                                           "1x", "root", "4294967295", "99999999999999999999" };
        unsigned id = 7;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_false(user_parse_id(bad[i], &id));
        assert_int_equal(id, 7);
        assert_true(user_parse_id("4294967294", &id));
        assert_int_equal(id, 4294967294U);
}

static void assert_passwd(const char *template, const char *expected)
{
        const struct accounts_user user = {
                .name = "ann", .gecos = "Ann $UID", .home = "/home/ann", .uid = 1000, .gid = 100
        };
        AUTO(strbuf) out = { 0 };

        accounts_fill_passwd(&out, template, &user);
        assert_string_equal(out.data, expected);
}

static void test_fill(void **state)
{
        AUTO(strbuf) group = { 0 };

        (void)state;
        assert_passwd("FOO", "FOO\n");
        assert_passwd("", "\n");
        assert_passwd("$USERNAME:*:$UID:$GID:$NAME:$HOME:/bin/sh",
                      "ann:*:1000:100:Ann $UID:/home/ann:/bin/sh\n");
        assert_passwd("$ $$UID $HOMES $user $", "$ $1000 /home/annS $user $\n");
        accounts_fill_group(&group, "g$GROUPNAME:x:$GID:$USERLIST", 9, "ann");
        assert_string_equal(group.data, "g9:x:9:ann\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_has_entry),
                cmocka_unit_test(test_parse_id),
                cmocka_unit_test(test_fill),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
