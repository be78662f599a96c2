/* layer: launch */
/* A specification in, a launch plan out: each member, and what is refused by name. */
#include "unit.h"

#include "base/alloc.h"
#include "base/json.h"
#include "engine/runtime/mount_options.h"
#include "engine/runtime/plan.h"
#include "engine/runtime/priority.h"
#include "engine/runtime/spec_file.h"

#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/stat.h>

#define WITH(members)                                                                              \
        "{'ociVersion':'1.2.1','root':{'path':'/r'},'process':{'args':['sh'],'cwd':'/'},"          \
        "'linux':{'namespaces':[{'type':'mount'}]}," members "}"
#define LINUX(members)                                                                             \
        "{'ociVersion':'1.2.1','root':{'path':'/r'},'process':{'args':['sh'],'cwd':'/'},"          \
        "'linux':{'namespaces':[{'type':'mount'},{'type':'uts'},{'type':'network'}]," members "}}"
#define PROCESS(members)                                                                           \
        "{'ociVersion':'1.2.1','root':{'path':'/r'},'process':{'args':['sh'],'cwd':'/'," members   \
        "},'linux':{'namespaces':[{'type':'mount'}]}}"

static int make(const char *text, struct launch_plan *plan, struct error *err)
{
        AUTO_FREE char *copy = xstrdup(text);
        AUTO_JSON json_t *spec = NULL;

        for (char *p = copy; (p = strchr(p, '\''));)
                *p = '"';
        /* Of members that come twice, the cases' own are the later ones. */
        spec = json_loads(copy, 0, NULL);
        if (!spec && spec_parse(copy, strlen(copy), "config.json", &spec, err) < 0)
                fail_msg("%s: %s", copy, err->text);
        return launch_plan_make(spec, "/bundle", -1, plan, err);
}

static void test_process(void **state)
{
        AUTO(launch_plan) plan = { 0 };
        const struct process_plan *process = &plan.process;
        struct error err;

        (void)state;
        assert_succeeds(
                make(PROCESS("'terminal':true,'consoleSize':{'height':5,'width':6},'user':{'uid':3,"
                             "'gid':4,'umask':18,'additionalGids':[5,7]},'oomScoreAdj':-5,"
                             "'rlimits':[{'type':'RLIMIT_NOFILE','soft':1,'hard':2},{'type':"
                             "'RLIMIT_CORE','soft':18446744073709551615,'hard':"
                             "18446744073709551615}],'capabilities':{'bounding':['CAP_KILL']},"
                             "'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':6},"
                             "'execCPUAffinity':{'initial':'0-2,5'},'apparmorProfile':'p',"
                             "'selinuxLabel':'','scheduler':{'policy':'SCHED_RR','priority':9}"),
                     &plan, &err),
                err);
        assert_true(process->terminal);
        assert_int_equal(process->rows * 100 + process->columns, 506);
        assert_int_equal(process->uid, 3);
        assert_int_equal(process->gid, 4);
        assert_int_equal(process->umask, 022);
        assert_int_equal(process->groups[1], 7);
        assert_int_equal(process->oom_score_adj, -5);
        assert_int_equal(process->limits[0].limit.rlim_max, 2);
        assert_true(process->limits[1].limit.rlim_cur == RLIM_INFINITY);
        assert_int_equal(process->capabilities.bounding, 1 << 5);
        assert_int_equal(process->priority.io, 2 << 13 | 6);
        assert_int_equal(process->priority.priority, 9);
        assert_int_equal(process->cpus_initial->bits[0], 0x27);
        assert_null(process->cpus_final);
        assert_string_equal(process->apparmor_profile, "p");
        assert_null(process->selinux_label);
}

static void test_linux(void **state)
{
        AUTO(launch_plan) plan = { 0 };
        struct error err;

        (void)state;
        assert_succeeds(
                make("{'ociVersion':'1.0.2-dev','root':{'path':'rootfs','readonly':true},"
                     "'hostname':'h','process':{'args':['sh'],'cwd':'/'},'linux':{'namespaces':["
                     "{'type':'pid','path':'/p'},{'type':'user','path':'/u'},{'type':'mount'},"
                     "{'type':'uts'},{'type':'cgroup'},{'type':'time'},{'type':'network'}],"
                     "'sysctl':{'net.ipv4.conf.eth0/1.rp_filter':'1'},'uidMappings':[{"
                     "'containerID':0,'hostID':1000,'size':1}],'gidMappings':[{'containerID':0,"
                     "'hostID':1000,'size':1}],'timeOffsets':{'boottime':{'secs':-3}},"
                     "'rootfsPropagation':'rslave','personality':{'domain':'LINUX32'},"
                     "'resources':{},'cgroupsPath':'x','maskedPaths':['/proc/../proc/kcore']}}",
                     &plan, &err),
                err);
        assert_string_equal(plan.root, "/bundle/rootfs");
        assert_true(plan.root_read_only);
        assert_true(plan.clone_flags == (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET));
        assert_true(plan.late_flags == (CLONE_NEWCGROUP | 0x80));
        assert_int_equal(plan.join_count, 2);
        assert_string_equal(plan.joins[0].path, "/u");
        assert_string_equal(plan.joins[1].path, "/p");
        assert_string_equal(plan.sysctl.items[0], "net/ipv4/conf/eth0.1/rp_filter=1");
        assert_int_equal(plan.uid_maps.items[0].outside, 1000);
        assert_true(plan.boottime.set && !plan.monotonic.set);
        assert_int_equal(plan.boottime.seconds, -3);
        assert_int_equal(plan.root_propagation, MS_SLAVE);
        assert_true(plan.root_propagation_recursive);
        assert_int_equal(plan.process.personality, PER_LINUX32);
        assert_int_equal(plan.steps[plan.step_count - 1].kind, STEP_MASK);
        assert_string_equal(plan.steps[plan.step_count - 1].target, "/proc/kcore");
}

static const struct step *find_step(const struct launch_plan *plan, const char *target)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (strcmp(plan->steps[i].target, target) == 0)
                        return &plan->steps[i];
        fail_msg("no step for %s", target);
        return NULL;
}

static void test_mounts(void **state)
{
        AUTO(launch_plan) plan = { 0 };
        const struct step *step;
        struct error err;

        (void)state;
        assert_succeeds(
                make(WITH("'mounts':[{'destination':'/x','type':'none','source':'y','options':["
                          "'rbind','ro','rnosuid','rshared','noatime','relatime']},{'destination':"
                          "'t','type':'tmpfs','options':['size=1m','sync','rw']},{'destination':"
                          "'/t','options':['remount','bind','ro']},{'destination':'/m','source':"
                          "'/m','options':['bind','ridmap'],'uidMappings':[{'containerID':0,"
                          "'hostID':5,'size':2}],'gidMappings':[{'containerID':0,'hostID':5,"
                          "'size':2}]},{'destination':'/sys/fs/cgroup','type':'cgroup'}]"),
                     &plan, &err),
                err);
        step = find_step(&plan, "/x");
        assert_int_equal(step->kind, STEP_BIND);
        assert_string_equal(step->source, "/bundle/y");
        assert_true(step->recursive && step->propagation_recursive);
        assert_int_equal(step->propagation, MS_SHARED);
        assert_int_equal(step->change.set, MOUNT_ATTR_RDONLY);
        assert_int_equal(step->change.clear, MOUNT_ATTR__ATIME);
        assert_int_equal(step->deep.set, MOUNT_ATTR_NOSUID);
        step = find_step(&plan, "/t");
        assert_int_equal(step->kind, STEP_FILESYSTEM);
        assert_string_equal(step->data.items[0], "size=1m");
        assert_string_equal(step->data.items[1], "sync");
        assert_int_equal(step->change.clear, MOUNT_ATTR_RDONLY);
        assert_true(step->late && step->keep_mode);
        assert_int_equal(step[1].kind, STEP_REMOUNT);
        assert_false(step[1].superblock);
        step = find_step(&plan, "/m");
        assert_true(step->idmap && step->idmap_recursive && step->late);
        assert_int_equal(step->uids.items[0].outside, 5);
        step = find_step(&plan, "/sys/fs/cgroup");
        assert_string_equal(step->fstype, "cgroup2");
        assert_true(step->optional);
}

/* Mount points go into a read-only tmpfs first; the annotation is crun's. */
static void test_read_only_last(void **state)
{
        AUTO(launch_plan) plan = { 0 };
        AUTO(launch_plan) other = { 0 };
        struct error err;

        (void)state;
        assert_succeeds(make(WITH("'mounts':[{'destination':'/a','type':'tmpfs','options':['ro']},"
                                  "{'destination':'/b','type':'tmpfs','options':['ro','rw']},"
                                  "{'destination':'/c','type':'proc','options':['ro']}],"
                                  "'annotations':{'run.oci.keep_original_groups':'1'}"),
                             &plan, &err),
                        err);
        assert_true(find_step(&plan, "/a")->read_only_last);
        assert_false(find_step(&plan, "/b")->read_only_last);
        assert_false(find_step(&plan, "/c")->read_only_last);
        assert_true(plan.process.keep_groups);
        assert_succeeds(make(WITH("'annotations':{'a':'b'}"), &other, &err), err);
        assert_false(other.process.keep_groups);
}

/* Every word of the specification's table is known. */
static void test_mount_words(void **state)
{
        static const char *const words[] = {
                "async",
                "atime",
                "bind",
                "defaults",
                "dev",
                "diratime",
                "dirsync",
                "exec",
                "iversion",
                "lazytime",
                "loud",
                "mand",
                "noatime",
                "nodev",
                "nodiratime",
                "noexec",
                "noiversion",
                "nolazytime",
                "nomand",
                "norelatime",
                "nosuid",
                "nosymfollow",
                "nostrictatime",
                "private",
                "ratime",
                "rbind",
                "rdev",
                "rdiratime",
                "relatime",
                "remount",
                "rexec",
                "rnoatime",
                "rnodiratime",
                "rnoexec",
                "rnorelatime",
                "rnosuid",
                "rnosymfollow",
                "rnostrictatime",
                "ro",
                "rprivate",
                "rrelatime",
                "rro",
                "rrw",
                "rshared",
                "rslave",
                "rstrictatime",
                "rsuid",
                "rsymfollow",
                "runbindable",
                "rw",
                "shared",
                "silent",
                "slave",
                "strictatime",
                "suid",
                "symfollow",
                "sync",
                "tmpcopyup",
                "unbindable",
                "idmap",
                "ridmap",
        };
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                struct step step = { .kind = STEP_BIND, .target = (char *)(uintptr_t) "/x" };
                AUTO(strv) list = { 0 };

                strv_add(&list, words[i]);
                assert_succeeds(mount_options_apply(&step, &list, &err), err);
                strv_release(&step.data);
        }
}

static void test_devices(void **state)
{
        AUTO(launch_plan) plan = { 0 };
        const struct step *step;
        size_t count = 0;
        struct error err;

        (void)state;
        assert_succeeds(make(LINUX("'devices':[{'type':'c','path':'/dev/null','major':1,'minor':3,"
                                   "'fileMode':384},{'type':'b','path':'/dev/b','major':8,'minor':"
                                   "1,'uid':9}]"),
                             &plan, &err),
                        err);
        step = find_step(&plan, "/dev/null");
        assert_int_equal(step->device.mode, 0600);
        assert_false(step->device.standard);
        step = find_step(&plan, "/dev/b");
        assert_int_equal(step->device.type, S_IFBLK);
        assert_int_equal(step->device.uid, 9);
        for (size_t i = 0; i < plan.step_count; i++)
                count += plan.steps[i].kind == STEP_DEVICE;
        assert_int_equal(count, 7);
        assert_true(find_step(&plan, "/dev/zero")->device.standard);
}

static void test_refused(void **state)
{
        static const struct {
                const char *spec, *words;
        } cases[] = {
                { "[]", "not an object" },
                { "{}", "ociVersion: missing" },
                { WITH("'ociVersion':'2.0.0'"), "version 1.x" },
                { WITH("'ociVersion':'1.x'"), "version 1.x" },
                { "{'ociVersion':'1.2.0'}", "root: missing" },
                { WITH("'root':{'path':'/'}"), "root.path" },
                { WITH("'hostname':'h'"), "uts namespace" },
                { WITH("'hostname':7"), "hostname: a string is needed, not a number" },
                { WITH("'windows':{}"), "windows" },
                { WITH("'annotations':{'a':1}"), "annotations.a: a string is needed" },
                { WITH("'hooks':{'poststop':[{'path':'x'}]}"),
                  "hooks.poststop[0].path: an absolute path is needed" },
                { WITH("'hooks':{'poststop':[{'path':'/x','timeout':0}]}"),
                  "hooks.poststop[0].timeout: a whole number from 1" },
                { WITH("'mounts':[{'type':'tmpfs'}]"), "mounts[0].destination: missing" },
                { WITH("'mounts':[{'destination':'/a/..','type':'tmpfs'}]"), "the root itself" },
                { WITH("'mounts':[{'destination':'/x'}]"), "mount /x has no type" },
                { WITH("'mounts':[{'destination':'/x','options':['bind']}]"), "needs a source" },
                { WITH("'mounts':[{'destination':'/x','type':'tmpfs','options':[1]}]"),
                  "mounts[0].options[0]: a string is needed, not a number" },
                { WITH("'mounts':[{'destination':'/x','source':'/','options':['bind','z']}]"),
                  "\"z\"" },
                { PROCESS("'args':[]"), "no command" },
                { PROCESS("'cwd':'x'"), "process.cwd: an absolute path is needed" },
                { PROCESS("'user':{'uid':4294967295}"),
                  "process.user.uid: a whole number from 0 to 4294967294 is needed" },
                { PROCESS("'user':{'uid':18446744073709551615}"), "process.user.uid" },
                { PROCESS("'user':{'additionalGids':[1,'x']}"),
                  "process.user.additionalGids[1]: a whole number" },
                { PROCESS("'rlimits':[{'type':'RLIMIT_X','soft':1,'hard':1}]"), "RLIMIT_X" },
                { PROCESS("'rlimits':[{'type':'RLIMIT_CPU','soft':1}]"),
                  "process.rlimits[0].hard: missing" },
                { PROCESS("'rlimits':[{'type':'RLIMIT_CPU','soft':2,'hard':1}]"), "over its hard" },
                { PROCESS("'rlimits':[{'type':'RLIMIT_CPU','soft':1,'hard':1},{'type':'RLIMIT_CPU',"
                          "'soft':1,'hard':1}]"),
                  "there twice" },
                { PROCESS("'oomScoreAdj':1001"), "process.oomScoreAdj" },
                { PROCESS("'scheduler':{'policy':'SCHED_ISO'}"), "SCHED_ISO" },
                { PROCESS("'scheduler':{'policy':'SCHED_OTHER','nice':20}"), "-20 to 19" },
                { PROCESS("'ioPriority':{'class':'X'}"), "process.ioPriority.class" },
                { PROCESS("'execCPUAffinity':{'final':'3-1'}"), "execCPUAffinity" },
                { LINUX("'intelRdt':{}"), "linux.intelRdt" },
                { LINUX("'netDevices':{'eth0':{}}"), "linux.netDevices" },
                { LINUX("'personality':{'domain':'BSD'}"), "linux.personality.domain" },
                { LINUX("'personality':{'domain':'LINUX','flags':['x']}"), "personality.flags" },
                { LINUX("'timeOffsets':{'boottime':{'secs':1}}"), "new time namespace" },
                { LINUX("'timeOffsets':{'realtime':{}}"), "monotonic and boottime" },
                { LINUX("'sysctl':{'kernel.core_pattern':'x'}"), "whole machine" },
                { LINUX("'sysctl':{'net/../kernel/core_pattern':'x'}"), "whole machine" },
                { LINUX("'sysctl':{'kernel.shmmax':'1'}"), "needs a ipc namespace" },
                { LINUX("'rootfsPropagation':'x'"), "linux.rootfsPropagation" },
                { LINUX("'maskedPaths':['x']"), "linux.maskedPaths[0]: an absolute path" },
                { LINUX("'uidMappings':[{'containerID':0,'hostID':0,'size':1}]"),
                  "a user namespace is needed" },
                { LINUX("'devices':[{'type':'x','path':'/x'}]"), "linux.devices.type" },
                { LINUX("'devices':[{'type':'c','path':'/x'}]"), "no major and minor" },
                { LINUX("'seccomp':{}"), "linux.seccomp.defaultAction: missing" },
                { "{'ociVersion':'1.2.0','root':{'path':'/r'},'process':{'args':['x'],'cwd':'/'}}",
                  "without \"mount\"" },
                { "{'ociVersion':'1.2.0','root':{'path':'/r'},'process':{'args':['x'],'cwd':'/'},"
                  "'linux':{'namespaces':[{'type':'mount'},{'type':'mount'}]}}",
                  "there twice" },
                { "{'ociVersion':'1.2.0','root':{'path':'/r'},'process':{'args':['x'],'cwd':'/'},"
                  "'linux':{'namespaces':[{'type':'moon'}]}}",
                  "\"moon\"" },
        };
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                AUTO(launch_plan) plan = { 0 };

                err = (struct error){ 0 };
                if (make(cases[i].spec, &plan, &err) == 0)
                        fail_msg("%s is taken", cases[i].spec);
                if (!strstr(err.text, cases[i].words))
                        fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].spec, err.text,
                                 cases[i].words);
        }
}

/* Unsigned numbers come through, and go out as other runtimes read them. */
static void test_wide_numbers(void **state)
{
        static const char text[] = "{\"a\":\"\\\"soft\\\":-1 18446744073709551615\",\"soft\":"
                                   "18446744073709551615,\"hard\":9223372036854775808,\"value\":"
                                   "-0,\"n\":-5,\"m\":[10000000000000000000]}";
        AUTO_JSON json_t *json = NULL;
        AUTO_FREE char *out = NULL;
        struct error err;

        (void)state;
        assert_succeeds(spec_parse(text, strlen(text), "x", &json, &err), err);
        assert_true(json_get_int(json, "soft", 0) == -1);
        assert_true(json_get_int(json, "hard", 0) == INT64_MIN);
        out = spec_text(json, JSON_COMPACT);
        assert_string_equal(out, "{\"a\":\"\\\"soft\\\":-1 18446744073709551615\",\"soft\":"
                                 "18446744073709551615,\"hard\":9223372036854775808,\"value\":0,"
                                 "\"n\":-5,\"m\":[-8446744073709551616]}");
        json_decref(json);
        json = NULL;
        assert_fails_with(spec_parse("{\"a\":18446744073709551616}", 24, "x", &json, &err), err,
                          "not valid JSON");
        assert_fails_with(spec_parse("{\"a\":\"18446744073709551615", 26, "x", &json, &err), err,
                          "not valid JSON");
}

static void test_cpu_lists(void **state)
{
        static const char *const bad[] = { "",    "x",    "1-",    "2-1", "1,",
                                           "1;2", "4096", "1-5-6", "-1",  "99999999999" };
        AUTO_FREE struct cpu_list *list = cpu_list_parse("0-1, 64,4095");

        (void)state;
        assert_non_null(list);
        assert_int_equal(list->bits[0], 3);
        assert_int_equal(list->bits[1], 1);
        assert_true(list->bits[63] == 1UL << 63);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_null(cpu_list_parse(bad[i]));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_process),        cmocka_unit_test(test_linux),
                cmocka_unit_test(test_mounts),         cmocka_unit_test(test_mount_words),
                cmocka_unit_test(test_devices),        cmocka_unit_test(test_refused),
                cmocka_unit_test(test_wide_numbers),   cmocka_unit_test(test_cpu_lists),
                cmocka_unit_test(test_read_only_last),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
