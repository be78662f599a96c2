/* layer: cli */
#include "unit.h"

#include "cli/mount_spec.h"

static void test_mounts(void **state)
{
        AUTO(container_spec) spec = { 0 };
        struct error err;

        (void)state;
        assert_succeeds(mount_spec_volume("/tmp:/data:ro,z", &spec, &err), err);
        assert_true(strv_contains(&spec.mounts[0].options, "ro"));
        assert_true(strv_contains(&spec.mounts[0].options, "rbind"));
        assert_succeeds(mount_spec_mount("type=bind,src=/tmp,dst=/b,readonly", &spec, &err), err);
        assert_succeeds(mount_spec_tmpfs("/t:size=1m", &spec, &err), err);
        assert_true(strv_contains(&spec.mounts[2].options, "size=1m"));
        assert_fails_with(mount_spec_volume("/no/such:/x", &spec, &err), err, "/no/such");
        assert_fails_with(mount_spec_volume("/tmp:x", &spec, &err), err, "absolute");
        assert_fails_with(mount_spec_volume("/tmp:/data", &spec, &err), err, "duplicate");
        assert_fails_with(mount_spec_volume("/tmp:/y:U", &spec, &err), err, "\"U\"");
        assert_fails_with(mount_spec_volume("named:/y", &spec, &err), err, "named volumes");
        assert_fails_with(mount_spec_mount("type=image,src=x,dst=/y", &spec, &err), err,
                          "\"image\"");
        assert_fails_with(mount_spec_mount("type=bind,src=/tmp,dst=/z,wat=1", &spec, &err), err,
                          "\"wat\"");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_mounts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
