/* layer: engine */
#include "unit.h"

#include "base/alloc.h"
#include "engine/container/devices_of.h"
#include "engine/container/namespaces_of.h"
#include "engine/container/oci.h"
#include "engine/container/oci_paths.h"
#include "engine/container/user.h"
#include "engine/runtime/capability.h"

#include <linux/capability.h>

static void test_device_option(void **state)
{
        static const char *const bad[] = {
                "dev/x",         "/dev/x:",      "/dev/x:y",  "/dev/x:/y:q",
                "/dev/x:/y:r:w", "/dev/x:rw:/y", "a.com/b=c", ""
        };
        struct device_option device;
        struct error err;

        (void)state;
        assert_succeeds(device_option_parse("/dev/fuse", &device, &err), err);
        assert_string_equal(device.inside, "/dev/fuse");
        assert_true(device.writable);
        device_option_release(&device);
        assert_succeeds(device_option_parse("/dev/a/../fuse:/dev/x:rm", &device, &err), err);
        assert_string_equal(device.host, "/dev/fuse");
        assert_string_equal(device.inside, "/dev/x");
        assert_false(device.writable);
        device_option_release(&device);
        assert_succeeds(device_option_parse("/dev/fuse:r", &device, &err), err);
        assert_string_equal(device.inside, "/dev/fuse");
        assert_false(device.writable);
        device_option_release(&device);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_fails_with(device_option_parse(bad[i], &device, &err), err, bad[i]);
}

static void test_unmask(void **state)
{
        struct container_spec spec = { 0 };

        (void)state;
        assert_false(oci_path_is_unmasked(&spec, "/proc/sys"));
        strv_add(&spec.unmask, "/proc/*");
        assert_true(oci_path_is_unmasked(&spec, "/proc/sys"));
        assert_false(oci_path_is_unmasked(&spec, "/sys/firmware"));
        assert_false(oci_path_is_unmasked(&spec, "/proc/a/b"));
        strv_add(&spec.unmask, "all");
        assert_true(oci_path_is_unmasked(&spec, "/sys/firmware"));
        container_spec_release(&spec);
}

static size_t count(json_t *array)
{
        size_t size = json_array_size(array);

        json_decref(array);
        return size;
}

static void test_paths(void **state)
{
        struct container_spec spec = { 0 };
        size_t masked = count(oci_masked_paths(&spec));

        (void)state;
        assert_true(masked > 5);
        assert_true(count(oci_readonly_paths(&spec)) > 3);
        strv_add(&spec.mask, "/a");
        assert_int_equal(count(oci_masked_paths(&spec)), masked + 1);
        spec.privileged = true;
        assert_int_equal(count(oci_masked_paths(&spec)), 1);
        assert_int_equal(count(oci_readonly_paths(&spec)), 0);
        container_spec_release(&spec);
}

static void test_modes(void **state)
{
        struct container_spec spec = { .pidns = xstrdup("host"),
                                       .ipcns = xstrdup("none"),
                                       .utsns = xstrdup("ns:/x"),
                                       .network = NETWORK_JOIN,
                                       .netns = xstrdup("container:abc"),
                                       .cgroupns = xstrdup("container:abc") };
        AUTO_JSON json_t *ids = namespaces_dependencies(&spec);

        (void)state;
        assert_false(namespaces_own(&spec, SHARED_PID));
        assert_true(namespaces_own(&spec, SHARED_IPC));
        assert_false(namespaces_own(&spec, SHARED_UTS));
        assert_false(namespaces_own(&spec, SHARED_NETWORK));
        assert_int_equal(json_array_size(ids), 1);
        spec.network = NETWORK_HOST;
        assert_string_equal(namespaces_mode(&spec, SHARED_NETWORK), "host");
        container_spec_release(&spec);
}

static void test_groups(void **state)
{
        struct container_user user = { .gid = 5 };
        AUTO(strv) groups = { 0 };
        struct error err;

        (void)state;
        strv_add_array(&groups, (const char *const[]){ "www", "5", "34", "77", NULL });
        assert_succeeds(user_add_groups(&groups, "root:x:0:\nwww:x:34:\n", &user, &err), err);
        assert_int_equal(user.group_count, 2);
        assert_int_equal(user.groups[0], 34);
        assert_int_equal(user.groups[1], 77);
        strv_add(&groups, "nosuch");
        assert_fails_with(user_add_groups(&groups, NULL, &user, &err), err, "group www");
        for (size_t i = 1000; i < 1000 + USER_GROUPS_MAX; i++)
                strv_addf(&groups, "%zu", i);
        assert_fails_with(user_add_groups(&groups, "www:x:34:\nnosuch:x:1:\n", &user, &err), err,
                          "groups");
}

static void test_bounding_set(void **state)
{
        struct container_spec spec = { .privileged = true };
        struct error err;
        uint64_t set;

        (void)state;
        assert_succeeds(oci_bounding_set(&spec, &set, &err), err);
        assert_true(set == capability_all());
        strv_add(&spec.cap_drop, "SYS_ADMIN");
        assert_succeeds(oci_bounding_set(&spec, &set, &err), err);
        assert_true(set == (capability_all() & ~((uint64_t)1 << CAP_SYS_ADMIN)));
        spec.privileged = false;
        assert_succeeds(oci_bounding_set(&spec, &set, &err), err);
        assert_false(set & ((uint64_t)1 << CAP_SYS_ADMIN));
        container_spec_release(&spec);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_device_option), cmocka_unit_test(test_unmask),
                cmocka_unit_test(test_paths),         cmocka_unit_test(test_modes),
                cmocka_unit_test(test_groups),        cmocka_unit_test(test_bounding_set),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
