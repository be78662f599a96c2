/* The filter behind rung 3 of the ladder (rootless/userns.h): root with one id.
 *
 * Files and processes of such a container have one owner, whatever an image or a package wants. So
 * what gives files and processes owners, and what tells them, goes to a supervisor
 * (monitor/supervisor.h), which remembers:
 *
 *   chown family, mknod of devices      the owner goes into an attribute (rootless/override.h)
 *   set*id, get*id, setgroups           a process has the ids that it set, as have its children
 *   stat family                         owners come from the attribute
 *   open with O_CREAT, mkdir, symlink   files of a process that is not root belong to it
 *   SO_PEERCRED                         so that two such processes know each other
 *
 * File capabilities need nothing: the kernel keeps them for the namespace's root (capabilities(7)).
 * Answering 0 to setuid and chown in the filter alone would be faster and is not enough: apt and
 * sshd check that the way back is closed, PostgreSQL refuses to run as root and with a data
 * directory that another owns. Nor can fuse-overlayfs answer stat from the attribute: an id that
 * is not mapped reaches a process as 65534.
 *
 * Calls that no rule names cost nothing: the kernel knows from its own analysis of the filter that
 * they are allowed (Linux 5.11, seccomp_cache_prepare). io_uring could do most of the above beside
 * the filter, so it does not exist here. Other architectures than the native one see a single
 * owner.
 *
 * This is a second filter beside the profile's: filters stack and the strictest answer counts, so
 * the profile stays what it was, with its own cache. It goes in first, because a profile may refuse
 * seccomp(2). A process has one listener at most; a profile that wants one (SCMP_ACT_NOTIFY) cannot
 * be had on this rung.
 */
#include "engine/runtime/emulate.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/runtime/handshake.h"
#include "engine/runtime/plan.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ARCH AUDIT_ARCH_PPC64LE
#endif

static const unsigned answered[] = {
        SYS_fchownat,  SYS_fchown,    SYS_setuid,    SYS_setgid,    SYS_setreuid,
        SYS_setregid,  SYS_setresuid, SYS_setresgid, SYS_setfsuid,  SYS_setfsgid,
        SYS_setgroups, SYS_getuid,    SYS_getgid,    SYS_geteuid,   SYS_getegid,
        SYS_getresuid, SYS_getresgid, SYS_getgroups, SYS_fstat,     SYS_newfstatat,
        SYS_statx,     SYS_mknodat,   SYS_mkdirat,   SYS_symlinkat, SYS_openat2,
#ifdef SYS_stat
        SYS_chown,     SYS_lchown,    SYS_stat,      SYS_lstat,     SYS_mknod,
        SYS_mkdir,     SYS_symlink,   SYS_creat,
#endif
};

/* Offset of the low half of an argument. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW 0
#else
#define LOW 4
#endif

#define LOAD(member)                                                                               \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, member))
#define LOAD_ARG(n)                                                                                \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                                         \
                 (uint32_t)offsetof(struct seccomp_data, args) + 8 * (n) + LOW)
#define IS(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define HAS(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), (yes), (no))
#define RETURN(value)      BPF_STMT(BPF_RET | BPF_K, (value))
#define ALLOW              RETURN(SECCOMP_RET_ALLOW)
#define ASK                RETURN(SECCOMP_RET_USER_NOTIF)
#define REFUSE(sys)        RETURN(SECCOMP_RET_ERRNO | (sys))
#define CREATES            (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))

struct program {
        struct sock_filter filter[128];
        unsigned short count;
};

static void add(struct program *program, const struct sock_filter *rules, size_t count)
{
        for (size_t i = 0; i < count; i++)
                program->filter[program->count++] = rules[i];
}
#define ADD(program, ...)                                                                          \
        add((program), (const struct sock_filter[]){ __VA_ARGS__ },                                \
            sizeof((const struct sock_filter[]){ __VA_ARGS__ }) / sizeof(struct sock_filter))

/* The rules that look at arguments; each ends in an answer when its call number matches. */
static void add_argument_rules(struct program *p)
{
        ADD(p, IS(SYS_openat, 0, 4), LOAD_ARG(2), HAS(CREATES, 0, 1), ASK, ALLOW);
#ifdef SYS_open
        ADD(p, IS(SYS_open, 0, 4), LOAD_ARG(1), HAS(CREATES, 0, 1), ASK, ALLOW);
#endif
        ADD(p, IS(SYS_getsockopt, 0, 6), LOAD_ARG(1), IS(SOL_SOCKET, 0, 3), LOAD_ARG(2),
            IS(SO_PEERCRED, 0, 1), ASK, ALLOW);
        /* The supervisor keeps a process's ids there (supervisor_ids.c). */
        ADD(p, IS(SYS_prlimit64, 0, 6), LOAD_ARG(1), IS(RLIMIT_LOCKS, 0, 3), LOAD_ARG(2),
            IS(0, 1, 0), REFUSE(0), ALLOW);
#ifdef SYS_setrlimit
        ADD(p, IS(SYS_setrlimit, 0, 4), LOAD_ARG(0), IS(RLIMIT_LOCKS, 0, 1), REFUSE(0), ALLOW);
#endif
}

static void make_program(struct program *p)
{
#ifdef NATIVE_ARCH
        ADD(p, LOAD(arch), IS(NATIVE_ARCH, 1, 0), ALLOW);
#endif
        ADD(p, LOAD(nr));
        add_argument_rules(p);
        for (size_t i = 0; i < ARRAY_SIZE(answered); i++)
                ADD(p, IS(answered[i], 0, 1), ASK);
        ADD(p, IS(SYS_io_uring_setup, 2, 0), IS(SYS_io_uring_enter, 1, 0),
            IS(SYS_io_uring_register, 0, 1), REFUSE(ENOSYS), ALLOW);
}

static int load(const struct sock_fprog *program, unsigned long flags)
{
        return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                            flags | SECCOMP_FILTER_FLAG_NEW_LISTENER, program);
}

int emulate_install(int sync_fd, struct error *err)
{
        struct program program = { 0 };
        struct sock_fprog fprog = { .filter = program.filter };
        AUTO_CLOSE int listener = -1;
        bool outer;

        make_program(&program);
        fprog.len = program.count;
        /* Only death interrupts a call that is being answered (Linux 5.19); without that a signal
         * starts it anew, and a second mkdir(2) says that the first has succeeded. */
        listener = load(&fprog, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
        if (listener < 0 && errno == EINVAL)
                listener = load(&fprog, 0);
        outer = listener < 0 && errno == EBUSY;
        if (listener < 0 && !outer)
                return error_sys(err, errno, "load the filter that stands in for root");
        handshake_send(sync_fd, HANDSHAKE_LISTENER);
        /* A descriptor of another kind says that there is no listener. */
        if (fd_send(sync_fd, outer ? STDIN_FILENO : listener) < 0)
                return error_sys(err, errno, "hand over the system calls' listener");
        return handshake_expect(sync_fd, HANDSHAKE_SUPERVISED, err);
}

static bool is_listener(int fd)
{
        uint64_t none = 0;

        return ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &none) < 0 && errno == ENOENT;
}

int emulate_take(int sync_fd, int *listener_out, struct error *err)
{
        AUTO_CLOSE int fd = -1;

        if (handshake_expect(sync_fd, HANDSHAKE_LISTENER, err) < 0)
                return -1;
        fd = fd_receive(sync_fd);
        if (fd < 0)
                return error_sys(err, errno, "receive the system calls' listener");
        *listener_out = is_listener(fd) ? take_fd(&fd) : -1;
        return 0;
}

void emulate_confirm(int sync_fd)
{
        handshake_send(sync_fd, HANDSHAKE_SUPERVISED);
}

int emulate_refuse(struct error *err)
{
        return error_set(err, ERROR_UNSUPPORTED,
                         "annotation %s is for kelp's own containers: a bundle has no supervisor",
                         ANNOTATION_EMULATE);
}
