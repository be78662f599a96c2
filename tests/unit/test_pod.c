/* layer: engine */
#include "unit.h"

#include "base/alloc.h"
#include "base/path.h"
#include "engine/pod/pod.h"
#include "engine/pod/pod_record.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* r: runs, p: paused, e: ended, l: its monitor is lost, c: was made, i: initialized, s: stopping */
static const char *status_of(const char *letters)
{
        struct container containers[8] = { 0 };
        const struct container *items[8];
        struct pod_members members = { .items = items, .count = strlen(letters) };

        for (size_t i = 0; i < members.count; i++) {
                struct container_state *state = &containers[i].state;

                state->status = strchr("rps", letters[i]) ? CONTAINER_RUNNING
                                : letters[i] == 'e'       ? CONTAINER_EXITED
                                : letters[i] == 'l'       ? CONTAINER_LOST
                                : letters[i] == 'i'       ? CONTAINER_INITIALIZED
                                                          : CONTAINER_CREATED;
                state->paused = letters[i] == 'p';
                state->stopping = letters[i] == 's';
                items[i] = &containers[i];
        }
        return pod_status(&members);
}

static void test_status(void **state)
{
        static const struct {
                const char *letters, *status;
        } cases[] = {
                { "", "Created" },    { "c", "Created" },   { "ci", "Created" },
                { "r", "Running" },   { "rr", "Running" },  { "re", "Degraded" },
                { "rp", "Degraded" }, { "rc", "Degraded" }, { "pp", "Paused" },
                { "e", "Exited" },    { "el", "Exited" },   { "ec", "Stopped" },
                { "pe", "Stopped" },  { "pc", "Created" },  { "sc", "Error" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                if (strcmp(status_of(cases[i].letters), cases[i].status) != 0)
                        fail_msg("\"%s\" is %s, not %s", cases[i].letters,
                                 status_of(cases[i].letters), cases[i].status);
}

static struct container member(const char *id, const char *pod, int64_t created, bool infra)
{
        struct container c = CONTAINER_EMPTY;

        snprintf(c.id, sizeof(c.id), "%s", id);
        c.spec.pod = xstrdup(pod);
        c.spec.created_ns = created;
        c.spec.infra = infra;
        return c;
}

static void test_members(void **state)
{
        struct container containers[] = { member("late", "one", 30, false),
                                          member("other", "two", 20, false),
                                          member("infra", "one", 25, true),
                                          member("early", "one", 10, false),
                                          member("alone", NULL, 5, false) };
        const struct container_list list = { containers, ARRAY_SIZE(containers) };
        static const char *const wanted[] = { "infra", "early", "late" };
        AUTO(pod_members) members = { 0 };

        (void)state;
        pod_members_of(&list, "one", &members);
        assert_int_equal(members.count, ARRAY_SIZE(wanted));
        for (size_t i = 0; i < members.count; i++)
                assert_string_equal(members.items[i]->id, wanted[i]);
        for (size_t i = 0; i < ARRAY_SIZE(containers); i++)
                container_release(&containers[i]);
}

static void test_record(void **state)
{
        struct pod_spec spec = { .name = xstrdup("web"),
                                 .created_ns = 1234567890123456789,
                                 .hostname = xstrdup("front"),
                                 .infra_id = xstrdup("0123"),
                                 .share = { [SHARED_NETWORK] = true, [SHARED_PID] = true },
                                 .share_user = true,
                                 .exit_policy = xstrdup(POD_EXIT_STOP),
                                 .restart_policy = xstrdup("on-failure"),
                                 .restart_retries = 3 };
        AUTO_JSON json_t *json = NULL;
        struct pod_spec read = { 0 };
        struct error err;

        (void)state;
        strv_add(&spec.labels, "a=b=c");
        strv_add(&spec.create_command, "kelp");
        json = pod_record_make(&spec);
        assert_succeeds(pod_record_read(json, &read, &err), err);
        assert_string_equal(read.name, "web");
        assert_int_equal(read.created_ns, spec.created_ns);
        assert_string_equal(read.hostname, "front");
        assert_string_equal(read.infra_id, "0123");
        assert_memory_equal(read.share, spec.share, sizeof(spec.share));
        assert_true(read.share_user);
        assert_string_equal(read.exit_policy, "stop");
        assert_string_equal(read.restart_policy, "on-failure");
        assert_int_equal(read.restart_retries, 3);
        assert_string_equal(read.labels.items[0], "a=b=c");
        assert_string_equal(read.create_command.items[0], "kelp");
        pod_spec_release(&spec);
        pod_spec_release(&read);
}

static void test_damaged(void **state)
{
        AUTO_JSON json_t *nameless = json_pack("{s:s}", "infra_id", "0123");
        AUTO_JSON json_t *list = json_pack("[s]", "name");
        AUTO_JSON json_t *odd = json_pack("{s:s, s:i, s:[s,i], s:s}", "name", "web", "infra_id", 7,
                                          "share", "nosuch", 1, "labels", "none");
        struct pod_spec spec = { 0 };
        struct error err;

        (void)state;
        assert_fails_with(pod_record_read(nameless, &spec, &err), err, "damaged");
        assert_fails_with(pod_record_read(list, &spec, &err), err, "damaged");
        assert_succeeds(pod_record_read(odd, &spec, &err), err);
        assert_null(spec.infra_id);
        assert_string_equal(spec.exit_policy, POD_EXIT_CONTINUE);
        for (enum shared_kind k = 0; k < SHARED_KINDS; k++)
                assert_false(spec.share[k]);
        pod_spec_release(&spec);
}

static void test_infra_is_there(void **state)
{
        char dir[] = "/tmp/test_pod.XXXXXX";
        struct pod_spec spec = { .name = (char[]){ "web" },
                                 .infra_id = (char[]){ "0123" },
                                 .exit_policy = (char[]){ POD_EXIT_STOP } };
        AUTO(store) store = STORE_EMPTY;
        struct error err;

        (void)state;
        assert_non_null(mkdtemp(dir));
        assert_succeeds(store_open(dir, dir, &store, &err), err);
        assert_fails_with(pod_create(&store, "4567", &spec, &err), err,
                          "infra container 0123 was removed before the pod was there");
        spec.infra_id = NULL;
        assert_succeeds(pod_create(&store, "4567", &spec, &err), err);
        assert_succeeds(path_remove_tree(AT_FDCWD, dir, &err), err);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_status),         cmocka_unit_test(test_members),
                cmocka_unit_test(test_record),         cmocka_unit_test(test_damaged),
                cmocka_unit_test(test_infra_is_there),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
