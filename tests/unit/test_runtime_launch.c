/* layer: launch */
/* Whole starts of a container's first process, without images or a command line: a specification
 * in, what a shell sees inside out. Each runs in a user namespace of one id; the root is an empty
 * directory with the machine's programs bound into it.
 */
#include "unit.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/path.h"
#include "engine/runtime/handshake.h"
#include "engine/runtime/launch.h"
#include "engine/runtime/namespaces.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static char bundle[64];
static bool own_namespace = true; /* false: the specification names one */
static bool no_pivot;

static const char base_spec[] =
        "{'ociVersion':'1.2.0','root':{'path':'rootfs'},'hostname':'inside',"
        "'process':{'cwd':'/','args':['/bin/sh','-c',''],'env':['PATH=/usr/bin:/bin'],"
        "'capabilities':{'bounding':['CAP_SYS_ADMIN','CAP_CHOWN'],"
        "'effective':['CAP_SYS_ADMIN','CAP_CHOWN'],'permitted':['CAP_SYS_ADMIN','CAP_CHOWN']}},"
        "'mounts':["
        "{'destination':'/proc','type':'proc','source':'proc'},"
        "{'destination':'/dev','type':'tmpfs','source':'tmpfs','options':['mode=755']},"
        "{'destination':'/dev/pts','type':'devpts','source':'devpts','options':['newinstance',"
        "'ptmxmode=0666','mode=0620','gid=5']},"
        "{'destination':'/usr','source':'/usr','options':['rbind','ro']},"
        "{'destination':'/bin','source':'/bin','options':['rbind','ro']},"
        "{'destination':'/lib','source':'/lib','options':['rbind','ro']},"
        "{'destination':'/lib64','source':'/lib64','options':['rbind','ro']}],"
        "'linux':{'namespaces':[{'type':'mount'},{'type':'pid'},{'type':'ipc'},{'type':'uts'},"
        "{'type':'network'},{'type':'cgroup'}]}}";

/* JSON with ' for ". */
static json_t *parse(const char *text)
{
        AUTO_FREE char *copy = xstrdup(text);
        json_t *json;

        for (char *p = copy; (p = strchr(p, '\''));)
                *p = '"';
        json = json_loads(copy, 0, NULL);
        if (!json)
                fail_msg("not JSON: %s", text);
        return json;
}

/* members are merged into the base; "+mounts" and "+namespaces" are added to its arrays. */
static json_t *make_spec(const char *members, const char *script)
{
        json_t *spec = parse(base_spec);
        AUTO_JSON json_t *extra = parse(members);
        json_t *args = json_object_get(json_object_get(spec, "process"), "args");
        json_t *namespaces = json_object_get(json_object_get(spec, "linux"), "namespaces");

        json_array_extend(json_object_get(spec, "mounts"), json_object_get(extra, "+mounts"));
        json_array_extend(namespaces, json_object_get(extra, "+namespaces"));
        json_object_del(extra, "+mounts");
        json_object_del(extra, "+namespaces");
        json_array_set_new(args, 2, json_string(script));
        json_object_update_recursive(spec, extra);
        return spec;
}

static int one_id(void)
{
        AUTO_FREE char *uids = xasprintf("0 %u 1", geteuid());
        AUTO_FREE char *gids = xasprintf("0 %u 1", getegid());

        if (unshare(CLONE_NEWUSER) < 0)
                return -1;
        return fd_write_existing(AT_FDCWD, "/proc/self/setgroups", "deny") < 0 ||
                               fd_write_existing(AT_FDCWD, "/proc/self/uid_map", uids) < 0 ||
                               fd_write_existing(AT_FDCWD, "/proc/self/gid_map", gids) < 0
                       ? -1
                       : 0;
}

static int start(const json_t *spec, int output_fd, struct error *err)
{
        AUTO(launch_plan) plan = { 0 };
        AUTO_JSON json_t *state = parse("{'ociVersion':'1.2.0','id':'unit'}");
        struct launch_request request = {
                .plan = &plan, .stdio = { 0, output_fd, output_fd }, .cgroup_fd = -1, .state = state
        };
        struct launch launch = LAUNCH_EMPTY;
        int status;

        if (launch_plan_make(spec, bundle, -1, &plan, err) < 0)
                return -1;
        plan.no_pivot = no_pivot;
        if (launch_start(&request, &launch, err) < 0 ||
            launch_prepare(&request, &launch, err) < 0 ||
            launch_execute(&request, &launch, err) < 0) {
                launch_abort(&launch);
                return -1;
        }
        waitpid(launch.pid, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Start it in a process of its own; what it printed, or "error: " and the sentence. */
static char *run(const char *members, const char *script)
{
        AUTO_JSON json_t *spec = make_spec(members, script);
        char *text;
        size_t len;
        int output[2];
        pid_t pid;

        assert_int_equal(pipe2(output, O_CLOEXEC), 0);
        pid = fork();
        if (pid == 0) {
                struct error err = { 0 };

                if ((own_namespace && one_id() < 0) || start(spec, output[1], &err) < 0)
                        dprintf(output[1], "error: %s", err.text);
                _exit(0);
        }
        close(output[1]);
        assert_int_equal(fd_read_rest(output[0], 65536, &text, &len, NULL), 0);
        close(output[0]);
        waitpid(pid, NULL, 0);
        return text;
}

static void expect(const char *members, const char *script, const char *wanted)
{
        AUTO_FREE char *text = run(members, script);

        if (strcmp(text, wanted) != 0)
                fail_msg("%s\n  with %s\n  gives \"%s\", not \"%s\"", script, members, text,
                         wanted);
}

static void expect_part(const char *members, const char *script, const char *wanted)
{
        AUTO_FREE char *text = run(members, script);

        if (!strstr(text, wanted))
                fail_msg("%s\n  with %s\n  gives \"%s\", without \"%s\"", script, members, text,
                         wanted);
}

static int set_up(void **state)
{
        AUTO_FREE char *root = NULL;

        (void)state;
        strcpy(bundle, "/tmp/kelp-unit-XXXXXX");
        if (!mkdtemp(bundle))
                return -1;
        root = path_join(bundle, "rootfs");
        return mkdir(root, 0755);
}

static int tear_down(void **state)
{
        (void)state;
        return path_remove_tree(AT_FDCWD, bundle, NULL);
}

/* A child that fails before it has read what it was told: its sentence is heard all the same. */
static void test_early_failure(void **state)
{
        struct error sent = { 0 }, err;
        int pair[2];

        (void)state;
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        handshake_send(pair[0], HANDSHAKE_MAPPED);
        error_set(&sent, ERROR_INVALID, "too early");
        error_send(pair[1], &sent);
        close(pair[1]);
        assert_fails_with(handshake_expect(pair[0], HANDSHAKE_PREPARED, &err), err, "too early");
        assert_fails_with(handshake_expect(pair[0], HANDSHAKE_PREPARED, &err), err, "died");
        close(pair[0]);
}

static void test_plain(void **state)
{
        (void)state;
        expect("{}", "echo $$ $(id -u) $(hostname); test -c /dev/null && test -L /dev/fd",
               "1 0 inside\n");
        expect("{'root':{'readonly':true}}", "touch /x 2>/dev/null || echo read-only",
               "read-only\n");
        expect("{'process':{'args':['/none']}}", "",
               "error: executable file \"/none\" not found in $PATH: No such file or directory");
}

static void test_no_pivot(void **state)
{
        (void)state;
        no_pivot = true;
        expect("{'root':{'readonly':true}}",
               "ls -d /tmp /proc/1 2>/dev/null; touch /x 2>/dev/null || echo ro", "/proc/1\nro\n");
        no_pivot = false;
}

static void test_process(void **state)
{
        (void)state;
        expect("{'process':{'user':{'umask':63}}}", "umask", "0077\n");
        expect("{'process':{'oomScoreAdj':700}}", "cat /proc/self/oom_score_adj", "700\n");
        expect("{'process':{'rlimits':[{'type':'RLIMIT_NOFILE','soft':33,'hard':44}]}}",
               "ulimit -Sn; ulimit -Hn", "33\n44\n");
        expect("{'process':{'noNewPrivileges':true}}", "grep NoNewPrivs /proc/self/status",
               "NoNewPrivs:\t1\n");
        expect("{'process':{'scheduler':{'policy':'SCHED_BATCH','nice':5}}}", "chrt -p 1; nice",
               "pid 1's current scheduling policy: SCHED_BATCH\n"
               "pid 1's current scheduling priority: 0\n5\n");
        expect("{'process':{'ioPriority':{'class':'IOPRIO_CLASS_IDLE','priority':4}}}",
               "ionice -p 1", "idle\n");
        expect_part("{'process':{'ioPriority':{'class':'IOPRIO_CLASS_RT','priority':4}}}", "true",
                    "error: /bin/sh: set the IO priority (process.ioPriority): Operation not "
                    "permitted");
        expect("{'linux':{'personality':{'domain':'LINUX32'}}}", "uname -m | sed s/i.86/i686/",
#ifdef __x86_64__
               "i686\n"
#else
               "armv8l\n"
#endif
        );
        expect("{'process':{'cwd':'/usr/bin'}}", "pwd", "/usr/bin\n");
        expect_part("{'process':{'oomScoreAdj':-900}}", "true", "error: set the OOM score");
        expect_part("{'process':{'rlimits':[{'type':'RLIMIT_NOFILE','soft':1073741817,"
                    "'hard':1073741817}]}}",
                    "true", "error: /bin/sh: set RLIMIT_NOFILE to 1073741817:1073741817: ");
}

static void test_capabilities_masked(void **state)
{
        (void)state;
        /* Asked for beyond the bounding set: left out. */
        expect("{'process':{'capabilities':{'bounding':['CAP_CHOWN','CAP_KILL','CAP_NONSENSE'],"
               "'permitted':['CAP_CHOWN','CAP_NET_RAW'],'effective':['CAP_CHOWN'],"
               "'inheritable':['CAP_CHOWN'],'ambient':['CAP_CHOWN','CAP_KILL']}}}",
               "grep Cap /proc/self/status | tr '\\n' ' '",
               "CapInh:\t0000000000000001 CapPrm:\t0000000000000021 "
               "CapEff:\t0000000000000021 CapBnd:\t0000000000000021 "
               "CapAmb:\t0000000000000001 ");
}

static void test_mounts(void **state)
{
        AUTO_FREE char *file = path_join(bundle, "file");
        AUTO_FREE char *data = path_join(bundle, "rootfs/data");
        AUTO_FREE char *inner = path_join(data, "inner");

        (void)state;
        fd_write_file(AT_FDCWD, file, "hello\n", 6, 0644, NULL);
        /* Relative to the bundle; the target is made. */
        expect("{'+mounts':[{'destination':'/a/b/file','source':'file','options':['bind','ro']}]}",
               "cat /a/b/file; echo x 2>/dev/null >/a/b/file || echo read-only",
               "hello\nread-only\n");
        expect("{'+mounts':[{'destination':'t','type':'tmpfs','options':['size=1m','mode=1711',"
               "'noexec','nodev','noatime','sync']}]}",
               "stat -c %a /t; grep ' /t ' /proc/self/mountinfo | cut -d' ' -f6",
               "1711\nrw,nodev,noexec,noatime\n");
        assert_int_equal(mkdir(data, 01711), 0);
        assert_int_equal(chmod(data, 01711), 0);
        fd_write_file(AT_FDCWD, inner, "within\n", 7, 0644, NULL);
        expect("{'+mounts':[{'destination':'/data','type':'tmpfs','options':['tmpcopyup','ro']}]}",
               "cat /data/inner; touch /data/x 2>/dev/null || echo read-only",
               "within\nread-only\n");
        expect("{'+mounts':[{'destination':'/data','type':'tmpfs','options':['ro']},"
               "{'destination':'/new','type':'tmpfs'}]}",
               "ls /data; stat -c %a /data /new", "1711\n1777\n");
        expect("{'+mounts':[{'destination':'/t','type':'tmpfs'},{'destination':'/t/u','type':"
               "'tmpfs'},{'destination':'/v','source':'/usr','options':['rbind','rro','rnosuid']},"
               "{'destination':'/t','options':['remount','bind','ro','nosuid']}]}",
               "touch /t/u/y && (touch /t/x 2>/dev/null || echo read-only);"
               "grep ' /v ' /proc/self/mountinfo | cut -d' ' -f6 | cut -d, -f1,2",
               "read-only\nro,nosuid\n");
        expect("{'+mounts':[{'destination':'/t','type':'tmpfs','options':['size=1m']},"
               "{'destination':'/t','type':'tmpfs','options':['remount','size=2m']}]}",
               "df -k --output=size /t | tail -1 | tr -d ' '", "2048\n");
        expect_part("{'+mounts':[{'destination':'/m','source':'/usr','options':['bind','idmap'],"
                    "'uidMappings':[{'containerID':0,'hostID':0,'size':1}],"
                    "'gidMappings':[{'containerID':0,'hostID':0,'size':1}]}]}",
                    "true", "error: mount /m: the kernel does not map the ids");
        expect_part("{'+mounts':[{'destination':'/m','source':'/usr','options':['bind','nonsense']"
                    "}]}",
                    "true", "error: mount option \"nonsense\" of /m is not known");
}

static void test_propagation(void **state)
{
        const char *script =
                "grep -o '/rootfs / .*' /proc/self/mountinfo | cut -d' ' -f4 | sed 's/:.*//'";

        (void)state;
        expect("{}", script, "-\n");
        expect("{'linux':{'rootfsPropagation':'shared'}}", script, "shared\n");
        expect("{'linux':{'rootfsPropagation':'unbindable'}}", script, "unbindable\n");
        expect("{'+mounts':[{'destination':'/s','source':'/usr','options':['bind','rshared']}]}",
               "grep ' /s ' /proc/self/mountinfo | cut -d' ' -f7 | sed 's/:.*//'", "shared\n");
}

static void test_masks(void **state)
{
        (void)state;
        expect("{'linux':{'maskedPaths':['/proc/interrupts','/proc/fs','/proc/none','/etc'],"
               "'readonlyPaths':['/proc/sys','/none']}}",
               "cat /proc/interrupts; ls /proc/fs; stat -c %F /proc/interrupts;"
               "echo 1 2>/dev/null >/proc/sys/kernel/domainname || echo read-only",
               "character special file\nread-only\n");
}

/* Symlinks of an image stay inside, and proc does not go through one. */
static void test_links(void **state)
{
        AUTO_FREE char *link = path_join(bundle, "rootfs/out");
        AUTO_FREE char *mask = path_join(bundle, "rootfs/mask");
        AUTO_FREE char *proc = path_join(bundle, "rootfs/fake");

        (void)state;
        assert_int_equal(symlink("../../../../../../../tmp", link), 0);
        assert_int_equal(symlink("/etc/secret", mask), 0);
        assert_int_equal(symlink("/", proc), 0);
        expect("{'+mounts':[{'destination':'/out/x','type':'tmpfs'}],"
               "'linux':{'maskedPaths':['/mask','/out']}}",
               "ls -d /tmp; test -e /tmp/x || echo masked", "/tmp\nmasked\n");
        expect_part("{'+mounts':[{'destination':'/fake/proc','type':'proc'}]}", "true",
                    "error: create mount point /fake/proc in the container: "
                    "Too many levels of symbolic links");
        unlink(link);
        unlink(mask);
        unlink(proc);
}

static void test_devices(void **state)
{
        (void)state;
        expect("{'linux':{'devices':[{'type':'p','path':'/dev/fifo','fileMode':384},"
               "{'type':'c','path':'/dev/one/zero','major':1,'minor':5}]}}",
               "stat -c '%F %a' /dev/fifo; head -c 3 /dev/one/zero | wc -c", "fifo 600\n3\n");
        expect_part("{'linux':{'devices':[{'type':'c','path':'/dev/x','major':999,'minor':7}]}}",
                    "true", "error: device /dev/x: the host has no character device 999:7");
}

static void test_sysctl(void **state)
{
        (void)state;
        expect("{'linux':{'sysctl':{'net.ipv4.ip_forward':'1','kernel/shmmni':'77'}}}",
               "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni", "1\n77\n");
}

static void test_time(void **state)
{
        (void)state;
        expect("{'+namespaces':[{'type':'time'}],'linux':{'timeOffsets':{'boottime':"
               "{'secs':7000000,'nanosecs':5},'monotonic':{'secs':3}}}}",
               "cat /proc/self/timens_offsets | tr -s ' '; test $(cut -d. -f1 /proc/uptime) -gt "
               "6999999 && echo later",
               "monotonic 3 0\nboottime 7000000 5\nlater\n");
}

static void test_console(void **state)
{
        (void)state;
        /* Its output goes to the terminal, whose other end nobody reads here: the exit code tells.
         */
        expect("{'process':{'terminal':true,'consoleSize':{'height':12,'width':34}}}",
               "test \"$(stty size)\" = '12 34' && test -c /dev/console", "");
        /* A link in its place is not followed. */
        expect_part("{'process':{'terminal':true},'+mounts':[{'destination':'/dev/console',"
                    "'source':'/usr','options':['bind']}]}",
                    "true", "error: /dev/console in the container is neither a file nor a device");
}

static void write_script(const char *name, const char *text)
{
        AUTO_FREE char *path = path_join(bundle, name);

        fd_write_file(AT_FDCWD, path, text, strlen(text), 0755, NULL);
}

/* Each says who it is; those of the container see its mounts; the last one sees its root. */
static void test_hooks(void **state)
{
        AUTO_FREE char *members =
                xasprintf("{'hooks':{'prestart':[{'path':'%s/hook','args':['h','prestart'],"
                          "'env':['OUT=%s/log']}],'createRuntime':[{'path':'%s/hook','args':['h',"
                          "'createRuntime'],'env':['OUT=%s/log']}],'createContainer':[{'path':"
                          "'%s/hook','args':['h','createContainer'],'env':['OUT=%s/log']}],"
                          "'startContainer':[{'path':'/bin/sh','args':['sh','-c','cat >/state; "
                          "true']}]}}",
                          bundle, bundle, bundle, bundle, bundle, bundle);
        AUTO_FREE char *log = path_join(bundle, "log");
        AUTO_FREE char *text = NULL;

        (void)state;
        write_script("hook", "#!/bin/sh\n"
                             "echo \"$1 $(sed 's/\"pid\": *1[,}]/\"pid\":1;/; s/\"pid\":[0-9]*[,}]"
                             "/\"pid\":N;/') $(hostname | grep -c inside)\" >>$OUT\n");
        expect(members, "grep -c '\"status\":\"created\",\"pid\":1}' /state", "1\n");
        assert_int_equal(fd_read_file(AT_FDCWD, log, 65536, &text, NULL, NULL), 0);
        for (char *p = text; (p = strchr(p, '\''));)
                *p = '"';
        assert_non_null(strstr(text, "prestart {"));
        assert_non_null(strstr(text, "\"status\":\"creating\""));
        assert_non_null(strstr(text, "createRuntime {"));
        assert_non_null(strstr(text, "\"pid\":N"));
        assert_non_null(strstr(text, "createContainer {"));
        assert_non_null(strstr(strstr(text, "createContainer {"), "\"pid\":1;"));
        assert_non_null(strstr(strstr(text, "createContainer {"), " 1\n"));
}

static void test_hooks_fail(void **state)
{
        (void)state;
        expect("{'hooks':{'prestart':[{'path':'/bin/false'}]}}", "echo ran",
               "error: prestart hook /bin/false: it ended with exit status 1");
        expect("{'hooks':{'createContainer':[{'path':'/none'}]}}", "echo ran",
               "error: createContainer hook /none: cannot be executed: No such file or directory");
        expect("{'hooks':{'startContainer':[{'path':'/bin/sleep','args':['sleep','60'],"
               "'timeout':1}]}}",
               "echo ran",
               "error: startContainer hook /bin/sleep: it ran longer than its timeout of 1 s");
}

/* An agent: takes one state and its listener, answers each call with success and writes what it was
 * told into the bundle. */
static _Noreturn void agent_main(int socket_fd)
{
        AUTO_FREE char *log = path_join(bundle, "agent.log");
        struct seccomp_notif call;
        struct seccomp_notif_resp answer;
        char text[4096] = "";
        union {
                struct cmsghdr align;
                char space[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) - 1 };
        struct msghdr msg = { .msg_iov = &iov,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof(control) };
        int connection = accept(socket_fd, NULL, NULL), listener;
        ssize_t n = recvmsg(connection, &msg, 0);

        if (n <= 0 || !CMSG_FIRSTHDR(&msg))
                _exit(1);
        memcpy(&listener, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(listener));
        fd_write_file(AT_FDCWD, log, text, (size_t)n, 0644, NULL);
        for (;;) {
                memset(&call, 0, sizeof(call));
                if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
                        _exit(0);
                answer = (struct seccomp_notif_resp){ .id = call.id };
                ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
        }
}

static pid_t start_agent(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        pid_t pid;

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(listen(fd, 1), 0);
        pid = fork();
        if (pid == 0)
                agent_main(fd);
        return pid;
}

static void test_seccomp_notify(void **state)
{
        AUTO_FREE char *path = path_join(bundle, "agent");
        AUTO_FREE char *log = path_join(bundle, "agent.log");
        /* What would send the listener is forbidden at the same time. */
        AUTO_FREE char *members = xasprintf(
                "{'linux':{'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'%s',"
                "'listenerMetadata':'meta','flags':['SECCOMP_FILTER_FLAG_LOG',"
                "'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV','SECCOMP_FILTER_FLAG_TSYNC'],'syscalls':["
                "{'names':['mkdir','mkdirat'],'action':'SCMP_ACT_NOTIFY'},{'names':['sendmsg',"
                "'sendto'],'action':'SCMP_ACT_ERRNO','errnoRet':1}]}}}",
                path);
        AUTO_FREE char *text = NULL;
        pid_t pid = start_agent(path);

        (void)state;
        expect(members, "mkdir /pretended && test ! -e /pretended && echo answered", "answered\n");
        waitpid(pid, NULL, 0);
        assert_int_equal(fd_read_file(AT_FDCWD, log, 65536, &text, NULL, NULL), 0);
        assert_non_null(strstr(text, "\"fds\":[\"seccompFd\"]"));
        assert_non_null(strstr(text, "\"metadata\":\"meta\""));
        assert_non_null(strstr(text, "\"status\":\"creating\""));
        expect_part(members, "echo ran", "error: send the seccomp listener to");
}

static void test_seccomp_actions(void **state)
{
        (void)state;
        expect("{'linux':{'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','architectures':["
               "'SCMP_ARCH_X86_64','SCMP_ARCH_AARCH64'],'syscalls':[{'names':['mkdir','mkdirat'],"
               "'action':'SCMP_ACT_ERRNO','errnoRet':28},{'names':['setpriority'],'action':"
               "'SCMP_ACT_KILL_PROCESS','args':[{'index':0,'value':0,'op':'SCMP_CMP_EQ'}]},"
               "{'names':['symlink','symlinkat'],'action':'SCMP_ACT_TRACE'}]}}}",
               "mkdir /x 2>&1 | grep -o 'No space.*'; nice -n 1 true 2>/dev/null || echo killed $?;"
               "ln -s a /b 2>&1 | grep -o 'Function.*'",
               "No space left on device\nkilled 159\nFunction not implemented\n");
}

/* A process in new namespaces that waits to be joined. */
static pid_t start_holder(int flags, int *stop_fd)
{
        int ready[2], stop[2];
        char byte;
        pid_t pid;

        assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
        assert_int_equal(pipe2(stop, O_CLOEXEC), 0);
        pid = fork();
        if (pid == 0) {
                close(stop[1]);
                if (one_id() < 0 || unshare(flags) < 0)
                        _exit(1);
                (void)!sethostname("joined", 6);
                /* The pid namespace has its first process then. */
                if (fork() == 0) {
                        (void)!write(ready[1], "x", 1);
                        (void)!read(stop[0], &byte, 1);
                        _exit(0);
                }
                close(ready[1]);
                (void)!read(stop[0], &byte, 1);
                _exit(0);
        }
        close(ready[1]);
        close(stop[0]);
        assert_int_equal(read(ready[0], &byte, 1), 1);
        close(ready[0]);
        *stop_fd = stop[1];
        return pid;
}

static void test_join(void **state)
{
        AUTO_CLOSE int stop = -1;
        pid_t pid = start_holder(
                CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS, &stop);
        AUTO_FREE char *members = xasprintf(
                "{'hostname':'','linux':{'namespaces':[{'type':'network','path':'/proc/%d/ns/net'},"
                "{'type':'user','path':'/proc/%d/ns/user'},{'type':'mount'},"
                "{'type':'uts','path':'/proc/%d/ns/uts'},{'type':'ipc'},"
                "{'type':'pid','path':'/proc/%d/ns/pid_for_children'}]}}",
                pid, pid, pid, pid);
        AUTO_FREE char *mount = xasprintf(
                "{'hostname':'','linux':{'namespaces':[{'type':'user','path':'/proc/%d/ns/user'},"
                "{'type':'uts'},{'type':'mount','path':'/proc/%d/ns/mnt'},{'type':'pid'}]}}",
                pid, pid);
        AUTO_FREE char *script = xasprintf("readlink /proc/self/ns/mnt");
        AUTO_FREE char *path = xasprintf("/proc/%d/ns/mnt", pid);
        char link[64] = "";

        (void)state;
        own_namespace = false;
        expect(members, "hostname; test $$ -gt 1 && echo other; id -u", "joined\nother\n0\n");
        own_namespace = true;
        expect_part("{'linux':{'namespaces':[{'type':'mount'},{'type':'uts'},{'type':'network',"
                    "'path':'/proc/self/ns/uts'}]}}",
                    "true", "error: /proc/self/ns/uts is not a network namespace");
        assert_true(readlink(path, link, sizeof(link) - 1) > 0);
        strcat(link, "\n");
        own_namespace = false;
        expect(mount, script, link);
        own_namespace = true;
        close(stop);
        stop = -1;
        waitpid(pid, NULL, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_early_failure),
                cmocka_unit_test(test_plain),
                cmocka_unit_test(test_no_pivot),
                cmocka_unit_test(test_process),
                cmocka_unit_test(test_capabilities_masked),
                cmocka_unit_test(test_mounts),
                cmocka_unit_test(test_propagation),
                cmocka_unit_test(test_masks),
                cmocka_unit_test(test_links),
                cmocka_unit_test(test_devices),
                cmocka_unit_test(test_sysctl),
                cmocka_unit_test(test_time),
                cmocka_unit_test(test_console),
                cmocka_unit_test(test_hooks),
                cmocka_unit_test(test_hooks_fail),
                cmocka_unit_test(test_seccomp_actions),
                cmocka_unit_test(test_seccomp_notify),
                cmocka_unit_test(test_join),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
