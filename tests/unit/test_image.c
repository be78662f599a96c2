/* layer: engine */
#include "unit.h"

#include "engine/image/manifest.h"
#include "engine/image/reference.h"
#include "engine/registry/auth.h"

#include <string.h>

static void test_reference(void **state)
{
        static const char *const good[][2] = {
                { "docker.io/busybox", "docker.io/library/busybox:latest" },
                { "127.0.0.1:5000/a/b:v1", "127.0.0.1:5000/a/b:v1" },
                { "localhost/x_y__z.a-b", "localhost/x_y__z.a-b:latest" },
                { "[::1]:5000/x", "[::1]:5000/x:latest" },
        };
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
                AUTO(reference) ref = { 0 };
                AUTO_FREE char *name = NULL;

                assert_succeeds(reference_parse(good[i][0], &ref, &err), err);
                name = reference_name(&ref);
                assert_string_equal(name, good[i][1]);
        }
}

static void test_reference_refuses(void **state)
{
        static const char *const bad[] = {
                "",      "UPPER", "a//b", "a:", ":tag",        "a/",
                "../a",  "a..b",  "-a",   "a-", "a@sha256:12", "a b",
                "a___b", "x:y:z", "a:-t", "/a", "a\nb",        "a.com:99999999/x"
        };
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                struct reference ref = { 0 };

                err = (struct error){ 0 };
                if (reference_parse(bad[i], &ref, &err) == 0)
                        fail_msg("\"%s\" was taken as %s:%s", bad[i], ref.path, ref.tag);
        }
}

static void test_short_names(void **state)
{
        AUTO(reference) ref = { 0 };
        AUTO(strv) names = { 0 };
        struct error err;

        (void)state;
        assert_succeeds(reference_parse("debian:bookworm", &ref, &err), err);
        reference_candidates(&ref, &names);
        assert_string_equal(names.items[0], "localhost/debian:bookworm");
        assert_string_equal(names.items[1], "docker.io/library/debian:bookworm");
        assert_true(reference_matches(&ref, "127.0.0.1:5000/debian:bookworm"));
        assert_false(reference_matches(&ref, "127.0.0.1:5000/notdebian:bookworm"));
        assert_false(reference_matches(&ref, "127.0.0.1:5000/debian:bullseye"));
}

#define D "sha256:0123456789012345678901234567890123456789012345678901234567890123"

static int parse_manifest(const char *text, struct error *err)
{
        AUTO_JSON json_t *json = json_loads(text, 0, NULL);
        AUTO(manifest) manifest = { 0 };

        assert_non_null(json);
        return manifest_parse(json, &manifest, err);
}

static void test_manifest(void **state)
{
        struct error err;

        (void)state;
        assert_succeeds(
                parse_manifest("{\"schemaVersion\":2,\"config\":{\"digest\":\"" D
                               "\",\"size\":1},\"layers\":[{\"mediaType\":\"" MEDIA_OCI_LAYER
                               "+gzip\",\"digest\":\"" D "\",\"size\":2}]}",
                               &err),
                err);
        assert_fails_with(parse_manifest("{\"schemaVersion\":1,\"fsLayers\":[]}", &err), err,
                          "schema 1");
        assert_fails_with(parse_manifest("{}", &err), err, "no config");
        assert_fails_with(parse_manifest("{\"config\":{\"digest\":\"sha256:zz\",\"size\":1},"
                                         "\"layers\":[]}",
                                         &err),
                          err, "not a sha256 digest");
        assert_fails_with(parse_manifest("{\"config\":{\"digest\":\"" D
                                         "\",\"size\":-1},\"layers\":[]}",
                                         &err),
                          err, "no valid size");
        assert_fails_with(
                parse_manifest("{\"config\":{\"digest\":\"" D "\",\"size\":1},\"layers\":[{"
                               "\"mediaType\":\"x/foreign\",\"digest\":\"" D "\",\"size\":2}]}",
                               &err),
                err, "x/foreign");
}

static void test_choose_platform(void **state)
{
        static const char text[] =
                "{\"manifests\":[{\"digest\":\"" D "\",\"size\":1,\"platform\":{\"os\":\"linux\","
                "\"architecture\":\"s390x\"}}]}";
        AUTO_JSON json_t *index = json_loads(text, 0, NULL);
        struct platform platform;
        struct digest digest;
        struct error err;

        (void)state;
        assert_succeeds(platform_parse("linux/s390x", &platform, &err), err);
        assert_true(manifest_is_index(index, NULL));
        assert_succeeds(manifest_choose(index, &platform, &digest, &err), err);
        assert_string_equal(digest.text, D);
        assert_succeeds(platform_parse("linux/arm/v7", &platform, &err), err);
        assert_fails_with(manifest_choose(index, &platform, &digest, &err), err,
                          "only for: linux/s390x");
        assert_fails_with(platform_parse("linux", &platform, &err), err, "OS/ARCH");
}

static void test_challenge(void **state)
{
        struct challenge c;

        (void)state;
        assert_true(challenge_parse(
                "Bearer realm=\"https://a/t\",service=\"s\", scope=\"r:x:pull,push\"", &c));
        assert_string_equal(c.realm, "https://a/t");
        assert_string_equal(c.scope, "r:x:pull,push");
        assert_true(challenge_parse("Basic realm=\"x\"", &c));
        assert_false(c.bearer);
        assert_false(challenge_parse("Bearer service=\"s\"", &c));
        assert_false(challenge_parse("Bearer realm=\"unfinished", &c));
        assert_false(challenge_parse("Negotiate", &c));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_reference),       cmocka_unit_test(test_reference_refuses),
                cmocka_unit_test(test_short_names),     cmocka_unit_test(test_manifest),
                cmocka_unit_test(test_choose_platform), cmocka_unit_test(test_challenge),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
