/* layer: engine */
/* The words of RUN --mount. */
#include "engine/build/run_mount.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int parse(const char *text, struct run_mounts *mounts, struct error *err)
{
        const struct strv none = { 0 };
        struct instruction run = { 0 };
        int rc;

        if (instruction_parse("test", text, false, &run, err) < 0)
                return -1;
        rc = run_mounts_parse(&run, &none, mounts, err);
        instruction_release(&run);
        return rc;
}

static void test_types(void **state)
{
        AUTO(run_mounts) mounts = { 0 };
        struct error err = { 0 };

        (void)state;
        assert_int_equal(parse("RUN --mount=type=bind,from=one,src=/a,dst=/b,rw "
                               "--mount=type=cache,id=x,target=/c,sharing=locked,mode=0700,uid=5 "
                               "--mount=type=tmpfs,target=/t,size=1m "
                               "--mount=type=secret,id=s true",
                               &mounts, &err),
                         0);
        assert_int_equal(mounts.count, 4);
        assert_int_equal(mounts.items[0].type, RUN_MOUNT_BIND);
        assert_string_equal(mounts.items[0].from, "one");
        assert_string_equal(mounts.items[0].source, "/a");
        assert_string_equal(mounts.items[0].target, "/b");
        assert_true(mounts.items[0].writable);
        assert_int_equal(mounts.items[1].type, RUN_MOUNT_CACHE);
        assert_string_equal(mounts.items[1].sharing, "locked");
        assert_int_equal(mounts.items[1].uid, 5);
        assert_true(mounts.items[1].owned);
        assert_int_equal(mounts.items[2].type, RUN_MOUNT_TMPFS);
        assert_string_equal(mounts.items[2].size, "1m");
        assert_string_equal(mounts.items[3].target, "/run/secrets/s");
}

static void test_default_is_bind(void **state)
{
        AUTO(run_mounts) mounts = { 0 };
        struct error err = { 0 };

        (void)state;
        assert_int_equal(parse("RUN --mount=target=/b true", &mounts, &err), 0);
        assert_int_equal(mounts.items[0].type, RUN_MOUNT_BIND);
        assert_false(mounts.items[0].writable);
}

static void test_refused(void **state)
{
        static const struct {
                const char *text, *part;
        } cases[] = {
                { "RUN --mount=type=ssh true", "type=ssh is not offered" },
                { "RUN --mount=type=other,target=/x true", "invalid mount type" },
                { "RUN --mount=type=bind true", "needs a target" },
                { "RUN --mount=type=secret true", "needs an id" },
                { "RUN --mount=type=secret,id=a/b true", "no id of a secret" },
                { "RUN --mount=type=cache,target=/c,from=one true", "not offered" },
                { "RUN --mount=type=cache,target=/c,sharing=x true", "unknown sharing" },
                { "RUN --mount=type=cache,target=/c,mode=9 true", "no octal number" },
                { "RUN --mount=type=cache,target=/c,uid=me true", "no number of an owner" },
                { "RUN --mount=type=bind,target=/c,unknown true", "unknown option" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                AUTO(run_mounts) mounts = { 0 };
                struct error err = { 0 };

                assert_int_equal(parse(cases[i].text, &mounts, &err), -1);
                if (!strstr(err.text, cases[i].part))
                        fail_msg("\"%s\" is not in \"%s\"", cases[i].part, err.text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_types),
                cmocka_unit_test(test_default_is_bind),
                cmocka_unit_test(test_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
