/* layer: engine */
#include "unit.h"

#include "base/alloc.h"
#include "base/signal.h"
#include "engine/container/attach.h"
#include "engine/runtime/cgroup.h"
#include "engine/container/oci.h"
#include "engine/container/seccomp_profile.h"
#include "engine/container/state.h"
#include "engine/container/verbs.h"
#include "engine/network/files.h"
#include "engine/monitor/protocol.h"
#include "engine/network/slirp.h"
#include "engine/runtime/capability.h"
#include "engine/runtime/seccomp.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/socket.h>
#include <sys/wait.h>

static const char passwd[] =
        "root:x:0:0:root:/root:/bin/sh\nbad line\nweb:x:33:34:w:/srv:/bin/sh\n";
static const char group[] = "root:x:0:\nwww:x:34:\naux:x:50:a,web\naux2:x:51:webby\n";

static void test_user(void **state)
{
        struct container_user user;
        struct error err;

        (void)state;
        assert_succeeds(user_resolve("", passwd, group, &user, &err), err);
        assert_int_equal(user.uid, 0);
        assert_string_equal(user.home, "/root");
        assert_succeeds(user_resolve("web", passwd, group, &user, &err), err);
        assert_int_equal(user.gid, 34);
        assert_int_equal(user.group_count, 2);
        assert_int_equal(user.groups[0], 34);
        assert_int_equal(user.groups[1], 50);
        assert_succeeds(user_resolve("web:aux2", passwd, group, &user, &err), err);
        assert_int_equal(user.gid, 51);
        assert_int_equal(user.group_count, 1);
        assert_succeeds(user_resolve("1234:5", NULL, NULL, &user, &err), err);
        assert_int_equal(user.uid, 1234);
        assert_int_equal(user.gid, 5);
        assert_fails_with(user_resolve("eve", passwd, group, &user, &err), err, "eve");
        assert_fails_with(user_resolve("web:eve", passwd, group, &user, &err), err, "group eve");
}

static void test_signals(void **state)
{
        struct error err;
        int sig;

        (void)state;
        assert_succeeds(signal_parse("term", &sig, &err), err);
        assert_int_equal(sig, SIGTERM);
        assert_succeeds(signal_parse("SIGRTMIN+3", &sig, &err), err);
        assert_int_equal(sig, 37);
        assert_succeeds(signal_parse("9", &sig, &err), err);
        assert_int_equal(sig, 9);
        assert_fails_with(signal_parse("SIGNO", &sig, &err), err, "invalid signal");
        assert_fails_with(signal_parse("65", &sig, &err), err, "valid signals are 1 through 64");
}

static void test_ports(void **state)
{
        static const char *const bad[] = { "",       "x",           "80:",    "70000",
                                           "1-2:80", "1.2.3:80:80", "80/sctp" };
        struct container_port *ports = NULL;
        size_t count = 0;
        struct error err;

        (void)state;
        assert_succeeds(port_parse("127.0.0.1:8080:80/udp", &ports, &count, &err), err);
        assert_succeeds(port_parse("9000-9001:90-91", &ports, &count, &err), err);
        assert_succeeds(port_parse("80", &ports, &count, &err), err);
        assert_int_equal(count, 4);
        assert_string_equal(ports[0].host_ip, "127.0.0.1");
        assert_true(ports[0].udp);
        assert_int_equal(ports[2].host_port, 9001);
        assert_int_equal(ports[2].container_port, 91);
        assert_true(ports[3].host_port > 0);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_fails_with(port_parse(bad[i], &ports, &count, &err), err, "invalid port");
        ports_release(ports, count);
}

static void test_slirp_options(void **state)
{
        AUTO(strv) options = { 0 };
        struct error err;

        (void)state;
        strv_add(&options, "mtu=1500");
        assert_succeeds(slirp_check_options(&options, &err), err);
        strv_add(&options, "nonsense=1");
        assert_fails_with(slirp_check_options(&options, &err), err, "nonsense=1");
}

static void test_detach_keys(void **state)
{
        struct detach_keys keys;
        struct error err;
        char out[16];
        bool detached;
        size_t n;

        (void)state;
        assert_succeeds(detach_keys_parse("ctrl-p,ctrl-q", &keys, &err), err);
        n = detach_keys_feed(&keys, "a\x10", 2, out, &detached);
        assert_int_equal(n, 1);
        assert_false(detached);
        n = detach_keys_feed(&keys, "b", 1, out, &detached);
        assert_memory_equal(out,
                            "\x10"
                            "b",
                            2);
        assert_int_equal(n, 2);
        n = detach_keys_feed(&keys, "x\x10\x11y", 4, out, &detached);
        assert_true(detached);
        assert_int_equal(n, 1);
        assert_fails_with(detach_keys_parse("ctrl-1", &keys, &err), err, "ctrl-1");
}

static void test_cgroup_line(void **state)
{
        AUTO_FREE char *path = cgroup_parse("5:memory:/x\n0::/user.slice/a b\n");

        (void)state;
        assert_string_equal(path, "/user.slice/a b");
        assert_null(cgroup_parse("1:cpu:/\n"));
}

static void test_locks(void **state)
{
        char dir[] = "/tmp/kelp-unit-XXXXXX";
        AUTO_CLOSE int dir_fd = -1, lock_fd = -1;
        struct container_state st = { .status = CONTAINER_RUNNING, .pid = 7 };
        struct error err;
        bool oom_killed = false;
        int code;

        (void)state;
        assert_non_null(mkdtemp(dir));
        dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(openat(dir_fd, "lock", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        assert_succeeds(state_write(dir_fd, &st, &err), err);
        assert_succeeds(state_read(dir_fd, &st, &err), err);
        assert_int_equal(st.status, CONTAINER_LOST);
        lock_fd = state_lock_alive(dir_fd, &err);
        assert_true(lock_fd >= 0);
        assert_true(state_alive(dir_fd));
        assert_fails_with(state_lock_alive(dir_fd, &err), err, "running");
        assert_int_equal(state_wait_end(dir_fd, 5, NULL, &err), 0);
        state_record_exit(lock_fd, 137, true);
        assert_int_equal(state_exit_record(lock_fd, &oom_killed), 137);
        assert_true(oom_killed);
        state_record_exit(lock_fd, 42, false);
        assert_int_equal(state_exit_record(lock_fd, &oom_killed), 42);
        assert_false(oom_killed);
        close(take_fd(&lock_fd));
        assert_int_equal(state_wait_end(dir_fd, -1, &code, &err), 1);
        assert_int_equal(code, 42);
}

/* It has ended, and its root is not unmounted yet: the next start waits. */
static void test_root_lock(void **state)
{
        char dir[] = "/tmp/kelp-unit-XXXXXX";
        AUTO_CLOSE int dir_fd = -1, lock_fd = -1;
        struct error err;
        int status;
        pid_t child;

        (void)state;
        assert_non_null(mkdtemp(dir));
        dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(openat(dir_fd, "lock", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        lock_fd = state_lock_alive(dir_fd, &err);
        assert_true(lock_fd >= 0);
        state_unlock_alive(lock_fd);
        assert_false(state_alive(dir_fd));
        assert_int_equal(state_wait_end(dir_fd, -1, NULL, &err), 1);
        child = fork();
        if (child == 0) {
                close(lock_fd);
                _exit(state_await_root(dir_fd, &err) < 0 || state_lock_alive(dir_fd, &err) < 0);
        }
        poll(NULL, 0, 50);
        assert_int_equal(waitpid(child, &status, WNOHANG), 0);
        close(take_fd(&lock_fd));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        (void)unlinkat(dir_fd, "lock", 0);
        (void)rmdir(dir);
}

static void test_spec_round_trip(void **state)
{
        struct container_spec spec = { .name = xstrdup("n"),
                                       .workdir = xstrdup("/"),
                                       .terminal = true,
                                       .stop_timeout = 3,
                                       .network = NETWORK_HOST };
        AUTO(container_spec) back = { 0 };
        AUTO_JSON json_t *json = NULL;
        struct error err;

        (void)state;
        strv_add(&spec.args, "sh");
        json = container_spec_to_json(&spec);
        assert_succeeds(container_spec_from_json(json, &back, &err), err);
        assert_string_equal(back.name, "n");
        assert_string_equal(back.args.items[0], "sh");
        assert_true(back.terminal);
        assert_int_equal(back.network, NETWORK_HOST);
        assert_null(back.seccomp);
        container_spec_release(&spec);
}

/* What a filter says of one call: the BPF instructions that libseccomp generates, run here. */
static uint32_t verdict(const struct seccomp_program *program, const struct seccomp_data *data)
{
        uint32_t a = 0, word;

        for (size_t pc = 0; pc < program->count; pc++) {
                const struct sock_filter *f = &program->filter[pc];
                bool jump;

                switch (f->code) {
                case BPF_LD | BPF_W | BPF_ABS:
                        memcpy(&word, (const char *)data + f->k, sizeof(word));
                        a = word;
                        continue;
                case BPF_ALU | BPF_AND | BPF_K:
                        a &= f->k;
                        continue;
                case BPF_RET | BPF_K:
                        return f->k;
                case BPF_JMP | BPF_JA:
                        pc += f->k;
                        continue;
                case BPF_JMP | BPF_JEQ | BPF_K:
                        jump = a == f->k;
                        break;
                case BPF_JMP | BPF_JGT | BPF_K:
                        jump = a > f->k;
                        break;
                case BPF_JMP | BPF_JGE | BPF_K:
                        jump = a >= f->k;
                        break;
                case BPF_JMP | BPF_JSET | BPF_K:
                        jump = a & f->k;
                        break;
                default:
                        fail_msg("instruction %#x is not known to this test", f->code);
                        return 0;
                }
                pc += jump ? f->jt : f->jf;
        }
        return 0;
}

static void compile(const char *path, const struct strv *capabilities, struct seccomp_program *out)
{
        AUTO_JSON json_t *section = NULL;
        struct error err;

        assert_succeeds(seccomp_profile_section(path, capabilities, &section, &err), err);
        assert_succeeds(seccomp_compile(section, -1, out, &err), err);
}

static void compare(const struct strv *capabilities)
{
        static const uint32_t arches[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_ARM };
        static const uint64_t args[] = {
                0, 8, 9, 16, 40, 0x20000, 0x20008, 0xffffffff, 0x10000000
        };
        AUTO(seccomp_program) ours = { 0 };
        AUTO(seccomp_program) theirs = { 0 };

        compile(NULL, capabilities, &ours);
        compile("/usr/share/containers/seccomp.json", capabilities, &theirs);
        for (size_t r = 0; r < ARRAY_SIZE(arches); r++)
                for (int nr = 0; nr < 512; nr++)
                        for (size_t i = 0; i < ARRAY_SIZE(args); i++)
                                for (size_t k = 0; k < ARRAY_SIZE(args); k++) {
                                        struct seccomp_data data = { .nr = nr,
                                                                     .arch = arches[r],
                                                                     .args = { args[i], 0,
                                                                               args[k] } };
                                        uint32_t a = verdict(&ours, &data),
                                                 b = verdict(&theirs, &data);

                                        if (a != b)
                                                fail_msg("call %d, arguments %#llx %#llx: %#x, not "
                                                         "%#x",
                                                         nr, (unsigned long long)args[i],
                                                         (unsigned long long)args[k], a, b);
                                }
}

/* The built-in profile and containers-common's give the same verdict on every call. */
static void test_seccomp_equal(void **state)
{
        static const uint64_t sets[] = { 0x800405fb, 0, ~0ULL };

        (void)state;
        if (access("/usr/share/containers/seccomp.json", R_OK) < 0)
                fail_msg("golang-github-containers-common is not installed");
        for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
                AUTO_JSON json_t *names = capability_names(sets[i]);
                AUTO(strv) capabilities = { 0 };

                json_to_strv(names, &capabilities);
                compare(&capabilities);
        }
}

/* Take input as a monitor does, until its end; gives its bytes and those of the largest packet. */
static void take_input(int socket_fd, size_t *total_out, size_t *largest_out)
{
        static char packet[1 + 2 * PACKET_DATA_MAX];
        char end[1 + sizeof(int32_t)] = { PACKET_EXIT };
        ssize_t n;

        *total_out = *largest_out = 0;
        while ((n = recv(socket_fd, packet, sizeof(packet), 0)) > 0 && packet[0] == PACKET_STDIN) {
                *total_out += (size_t)n - 1;
                *largest_out = MAX(*largest_out, (size_t)n - 1);
        }
        assert_int_equal(packet[0], PACKET_STDIN_END);
        assert_int_equal(send(socket_fd, end, sizeof(end), 0), sizeof(end));
}

/* Attach to a monitor that says this much of struct packet_started. */
static void attach_with_input(size_t said, size_t *total_out, size_t *largest_out)
{
        struct packet_started started = { getpid(), PACKET_DATA_MAX };
        char packet[1 + sizeof(started)] = { PACKET_STARTED };
        struct attach_options options = { .input = true };
        enum attach_end end;
        struct error err;
        int ends[2], code;
        pid_t child;

        memcpy(packet + 1, &started, said);
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        assert_int_equal(send(ends[0], packet, 1 + said, 0), 1 + said);
        child = fork();
        if (child == 0) {
                close(ends[0]);
                _exit(attach_run(ends[1], &options, &end, &code, &err) < 0);
        }
        close(ends[1]);
        take_input(ends[0], total_out, largest_out);
        assert_int_equal(waitpid(child, &code, 0), child);
        assert_int_equal(code, 0);
        close(ends[0]);
}

/* A packet that is larger than the monitor's buffer would be cut. */
static void test_attached_input(void **state)
{
        static const char mebibyte[1 << 20];
        size_t total, largest;
        int saved = dup(STDIN_FILENO), file = memfd_create("input", MFD_CLOEXEC);

        (void)state;
        assert_int_equal(write(file, mebibyte, sizeof(mebibyte)), sizeof(mebibyte));
        assert_int_equal(dup2(file, STDIN_FILENO), STDIN_FILENO);
        lseek(file, 0, SEEK_SET);
        attach_with_input(sizeof(struct packet_started), &total, &largest);
        assert_int_equal(total, sizeof(mebibyte));
        assert_int_equal(largest, PACKET_DATA_MAX);
        lseek(file, 0, SEEK_SET);
        attach_with_input(sizeof(int32_t), &total, &largest);
        assert_int_equal(total, sizeof(mebibyte));
        assert_int_equal(largest, PACKET_INPUT_LEAST);
        dup2(saved, STDIN_FILENO);
        close(saved);
        close(file);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_user),          cmocka_unit_test(test_signals),
                cmocka_unit_test(test_ports),         cmocka_unit_test(test_slirp_options),
                cmocka_unit_test(test_detach_keys),   cmocka_unit_test(test_cgroup_line),
                cmocka_unit_test(test_locks),         cmocka_unit_test(test_spec_round_trip),
                cmocka_unit_test(test_seccomp_equal), cmocka_unit_test(test_attached_input),
                cmocka_unit_test(test_root_lock),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
