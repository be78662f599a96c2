/* Confinement. See confine.h.
 *
 * Landlock version 1 cannot allow links between directories, which layers have, so it counts as
 * none (Linux < 5.19). The seccomp filter lists what is refused rather than what is allowed: which
 * calls the C library makes differs from version to version, and a list of the others would break
 * in ways that nobody sees here. It is written by hand, since compiling it with libseccomp would
 * cost more than unpacking a small layer.
 */
#include "engine/storage/confine.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define HEAP_MAX        ((rlim_t)768 << 20) /* bytes: the largest zstd window several times */
#define DESCRIPTORS_MAX 1024

/* linux/landlock.h of Linux 6.7; the headers of a build machine may be older. */
struct ruleset {
        uint64_t handled_fs;
        uint64_t handled_net;
};

struct __attribute__((packed)) path_rule {
        uint64_t allowed;
        int32_t parent_fd;
};

#define RULE_PATH_BENEATH 1
#define QUERY_VERSION     1

static uint64_t fs_rights(long version)
{
        unsigned bits = version >= 5 ? 16 : version >= 3 ? 15 : 14; /* REFER 14th, TRUNCATE 15th */

        return (1ULL << bits) - 1;
}

static int restrict_files(int dir_fd, struct error *err)
{
        long version = syscall(SYS_landlock_create_ruleset, NULL, 0, QUERY_VERSION);
        struct ruleset ruleset = { .handled_fs = fs_rights(version),
                                   .handled_net = version >= 4 ? 3 : 0 };
        struct path_rule rule = { .allowed = ruleset.handled_fs, .parent_fd = dir_fd };
        AUTO_CLOSE int fd = -1;

        if (version < 2)
                return 0;
        fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset,
                          version >= 4 ? sizeof(ruleset) : sizeof(ruleset.handled_fs), 0);
        if (fd < 0 || syscall(SYS_landlock_add_rule, fd, RULE_PATH_BENEATH, &rule, 0) < 0 ||
            syscall(SYS_landlock_restrict_self, fd, 0) < 0)
                return error_sys(err, errno, "confine the unpacker's files");
        return 0;
}

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define NATIVE_ARCH AUDIT_ARCH_S390X
#endif

#define X32_BIT 0x40000000u

static const unsigned refused[] = {
        SYS_execve,
        SYS_execveat,
        SYS_socket,
        SYS_socketpair,
        SYS_connect,
        SYS_bind,
        SYS_listen,
        SYS_accept,
        SYS_accept4,
        SYS_sendto,
        SYS_sendmsg,
        SYS_sendmmsg,
        SYS_ptrace,
        SYS_process_vm_readv,
        SYS_process_vm_writev,
        SYS_kcmp,
        SYS_pidfd_open,
        SYS_pidfd_send_signal,
        438 /* pidfd_getfd */,
        SYS_kill,
        SYS_unshare,
        SYS_setns,
        SYS_mount,
        SYS_umount2,
        SYS_pivot_root,
        SYS_chroot,
        SYS_open_tree,
        SYS_move_mount,
        SYS_fsopen,
        SYS_fsconfig,
        SYS_fsmount,
        SYS_fspick,
        442 /* mount_setattr */,
        SYS_bpf,
        SYS_perf_event_open,
        SYS_userfaultfd,
        SYS_io_uring_setup,
        SYS_io_uring_enter,
        SYS_io_uring_register,
        SYS_keyctl,
        SYS_add_key,
        SYS_request_key,
        SYS_init_module,
        SYS_finit_module,
        SYS_delete_module,
        SYS_kexec_load,
        SYS_reboot,
        SYS_swapon,
        SYS_swapoff,
        SYS_quotactl,
        SYS_acct,
        SYS_personality,
        SYS_open_by_handle_at,
        SYS_name_to_handle_at,
        SYS_syslog,
        SYS_setdomainname,
        SYS_sethostname,
        SYS_settimeofday,
        SYS_clock_settime,
        SYS_prlimit64,
        SYS_seccomp,
        SYS_shmget,
        SYS_msgget,
        SYS_semget,
        SYS_mq_open,
#ifdef SYS_fork
        SYS_fork,
        SYS_vfork,
#endif
};

#define LOAD(member)                                                                               \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, member))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define REFUSE(sys)   RETURN(SECCOMP_RET_ERRNO | (sys))

/* A thread is all that may be cloned; clone3 hides its flags from a filter, and the C library does
 * without it. */
static size_t add_clone_rules(struct sock_filter *f)
{
        const struct sock_filter rules[] = {
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),    REFUSE(ENOSYS),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),     LOAD(args[0]),
                BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0), REFUSE(EPERM),
        };

        for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
                f[i] = rules[i];
        return ARRAY_SIZE(rules);
}

static int restrict_calls(struct error *err)
{
        struct sock_filter filter[2 * ARRAY_SIZE(refused) + 16];
        struct sock_fprog program = { .filter = filter };
        size_t n = 0;

#ifdef NATIVE_ARCH
        filter[n++] = (struct sock_filter)LOAD(arch);
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
        filter[n++] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
#endif
        filter[n++] = (struct sock_filter)LOAD(nr);
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
        filter[n++] = (struct sock_filter)REFUSE(EPERM);
        for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
                filter[n++] =
                        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused[i], 0, 1);
                filter[n++] = (struct sock_filter)REFUSE(EPERM);
        }
        n += add_clone_rules(filter + n);
        filter[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
        program.len = (unsigned short)n;
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
                return error_sys(err, errno, "confine the unpacker's system calls");
        return 0;
}

static int limit(int resource, rlim_t max, struct error *err)
{
        struct rlimit now, lower;

        if (getrlimit(resource, &now) < 0)
                return error_sys(err, errno, "limit the unpacker");
        lower.rlim_cur = lower.rlim_max = now.rlim_max < max ? now.rlim_max : max;
        return setrlimit(resource, &lower) < 0 ? error_sys(err, errno, "limit the unpacker") : 0;
}

int confine_to(int dir_fd, uint64_t file_max, struct error *err)
{
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return error_sys(err, errno, "confine the unpacker");
        if (limit(RLIMIT_CORE, 0, err) < 0 || limit(RLIMIT_FSIZE, file_max, err) < 0 ||
            limit(RLIMIT_NOFILE, DESCRIPTORS_MAX, err) < 0)
                return -1;
#ifndef __SANITIZE_ADDRESS__ /* its shadow counts as data */
        if (limit(RLIMIT_DATA, HEAP_MAX, err) < 0)
                return -1;
#endif
        return restrict_files(dir_fd, err) < 0 ? -1 : restrict_calls(err);
}
