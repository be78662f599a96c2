/* layer: engine */
#include "unit.h"

#include "base/path.h"
#include "engine/registry/registries.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char home[] = "/tmp/kelp-registries-XXXXXX";

static void write_conf(const char *name, const char *text)
{
        char path[256];
        FILE *f;

        snprintf(path, sizeof(path), "%s/.config/containers/%s", home, name);
        f = fopen(path, "w");
        assert_non_null(f);
        fputs(text, f);
        fclose(f);
}

static int setup(void **state)
{
        char path[256];

        (void)state;
        strcpy(home, "/tmp/kelp-registries-XXXXXX");
        if (!mkdtemp(home))
                return -1;
        setenv("HOME", home, 1);
        unsetenv("XDG_CONFIG_HOME");
        unsetenv("XDG_CACHE_HOME");
        unsetenv("CONTAINERS_REGISTRIES_CONF");
        snprintf(path, sizeof(path), "%s/.config/containers/registries.conf.d", home);
        return path_make_dirs(path, 0700, NULL);
}

static int teardown(void **state)
{
        (void)state;
        return path_remove_tree(AT_FDCWD, home, NULL);
}

static struct registries *load(void)
{
        struct registries *registries = NULL;
        struct error err;

        assert_succeeds(registries_load(&registries, &err), err);
        return registries;
}

/* "host/path[ insecure] ..." of the places that a reference is fetched from. */
static void assert_places(struct registries *r, const char *reference, const char *expected)
{
        AUTO(registry_endpoints) endpoints = { 0 };
        char text[512] = "";
        struct error err;

        assert_succeeds(registries_endpoints(r, reference, true, &endpoints, &err), err);
        for (size_t i = 0; i < endpoints.count; i++)
                snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s/%s%s",
                         i ? " " : "", endpoints.items[i].registry, endpoints.items[i].path,
                         endpoints.items[i].insecure ? " insecure" : "");
        assert_string_equal(text, expected);
}

static void test_places(void **state)
{
        struct registries *r;
        struct error err;
        AUTO(registry_endpoints) endpoints = { 0 };

        (void)state;
        write_conf("registries.conf",
                   "[[registry]]\nlocation = \"docker.io\"\n"
                   "[[registry.mirror]]\nlocation = \"mirror.example/hub\"\n"
                   "[[registry.mirror]]\nlocation = \"digests.example\"\n"
                   "pull-from-mirror = \"digest-only\"\n"
                   "[[registry]]\nprefix = \"a.example/b\"\nlocation = \"c.example:5000/d\"\n"
                   "insecure = true\n"
                   "[[registry]]\nprefix = \"a.example/b/x\"\nlocation = \"longer.example\"\n"
                   "[[registry]]\nprefix = \"*.wild.example\"\nblocked = true\n");
        r = load();
        assert_places(r, "docker.io/library/busybox:1",
                      "mirror.example/hub/library/busybox docker.io/library/busybox");
        assert_places(r,
                      "docker.io/a@sha256:"
                      "0000000000000000000000000000000000000000000000000000000000000000",
                      "mirror.example/hub/a digests.example/a docker.io/a");
        assert_places(r, "a.example/b/e:1", "c.example:5000/d/e insecure");
        assert_places(r, "a.example/b/x/y:1", "longer.example/y");
        assert_places(r, "a.example/bb:1", "a.example/bb");
        assert_places(r, "wild.example/x:1", "wild.example/x");
        assert_fails_with(
                registries_endpoints(r, "deep.sub.wild.example/x:1", true, &endpoints, &err), err,
                "blocked");
        registries_free(r);
}

static void test_short_names(void **state)
{
        AUTO(strv) names = { 0 };
        struct registries *r;
        struct error err;

        (void)state;
        write_conf("registries.conf",
                   "unqualified-search-registries = [\"a.example\", \"docker.io\"]\n"
                   "short-name-mode = \"permissive\"\n");
        write_conf("registries.conf.d/1.conf", "[aliases]\n\"tool\" = \"b.example/x/tool\"\n");
        r = load();
        assert_succeeds(registries_complete(r, "tool", &names, &err), err);
        assert_int_equal(names.count, 1);
        assert_string_equal(names.items[0], "b.example/x/tool");
        strv_release(&names);
        assert_succeeds(registries_complete(r, "other-xyz", &names, &err), err);
        assert_int_equal(names.count, 2);
        assert_string_equal(names.items[0], "a.example/other-xyz");
        assert_string_equal(names.items[1], "docker.io/library/other-xyz");
        registries_free(r);

        /* A drop-in overrides. */
        write_conf("registries.conf.d/2.conf", "short-name-mode = \"enforcing\"\n");
        r = load();
        strv_release(&names);
        assert_fails_with(registries_complete(r, "other-xyz", &names, &err), err, "enforcing");
        registries_free(r);
}

static void test_wrong(void **state)
{
        struct registries *r;
        struct error err;

        (void)state;
        write_conf("registries.conf", "[[registry]]\nlocation = 5\n");
        assert_fails_with(registries_load(&r, &err), err, "location is not a string");
        write_conf("registries.conf", "[[registry]]\ninsecure = true\n");
        assert_fails_with(registries_load(&r, &err), err, "neither prefix nor location");
        write_conf("registries.conf", "short-name-mode = \"odd\"\n");
        assert_fails_with(registries_load(&r, &err), err, "short-name-mode");
        setenv("CONTAINERS_REGISTRIES_CONF", "/nonexistent", 1);
        assert_fails_with(registries_load(&r, &err), err, "/nonexistent");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_places, setup, teardown),
                cmocka_unit_test_setup_teardown(test_short_names, setup, teardown),
                cmocka_unit_test_setup_teardown(test_wrong, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
