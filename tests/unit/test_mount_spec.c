/* layer: cli */
#include "unit.h"

#include "cli/options/mount_spec.h"

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
        assert_fails_with(mount_spec_volume("/tmp:/y:idmap", &spec, &err), err, "idmap");
        assert_fails_with(mount_spec_volume("-bad:/y", &spec, &err), err, "names must match");
        assert_fails_with(mount_spec_mount("type=bind,src=/tmp,dst=/z,wat=1", &spec, &err), err,
                          "wat");
        container_spec_release(&spec);
}

static void test_volumes(void **state)
{
        AUTO(container_spec) spec = { 0 };
        struct error err;

        (void)state;
        assert_succeeds(mount_spec_volume("named:/y:nocopy,U", &spec, &err), err);
        assert_int_equal(spec.mounts[0].kind, MOUNT_VOLUME);
        assert_string_equal(spec.mounts[0].volume, "named");
        assert_true(spec.mounts[0].no_copy && spec.mounts[0].chown);
        assert_succeeds(mount_spec_volume("/anonymous", &spec, &err), err);
        assert_null(spec.mounts[1].volume);
        assert_succeeds(mount_spec_mount("dst=/typeless,src=v,subpath=a/b", &spec, &err), err);
        assert_string_equal(spec.mounts[2].subpath, "a/b");
        assert_succeeds(mount_spec_mount("type=image,src=x,dst=/i,rw=true", &spec, &err), err);
        assert_int_equal(spec.mounts[3].kind, MOUNT_IMAGE);
        assert_true(strv_contains(&spec.mounts[3].options, "rw"));
        assert_succeeds(mount_spec_volume("named:/y:nocopy,U", &spec, &err), err);
        assert_int_equal(spec.mount_count, 4);
        assert_fails_with(mount_spec_volume("other:/y", &spec, &err), err, "duplicate");
        assert_fails_with(mount_spec_mount("type=volume,src=v", &spec, &err), err, "destination");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_mounts),
                cmocka_unit_test(test_volumes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
