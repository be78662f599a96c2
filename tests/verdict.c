/* Asks the seccomp filter that it runs under for each system call, without making any: a line per
 * architecture and number with the verdict for each of a few argument lists, equal ones together.
 *
 * A child stacks a second filter on the first, which tells a listener of every call. The kernel
 * takes the stricter answer of the two (seccomp(2)), so a call that the first filter refuses comes
 * back with its error, and one that it allows comes to the listener, which answers with an errno
 * that nothing else has. The child's own calls carry a mark in an argument that they do not use.
 *
 * `verdict quick`: with one argument list only.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALLOWED   4000 /* an errno of ours */
#define UNKNOWN   4001 /* the child died of the call */
#define MARK      0x6b656c70
#define CALLS_MAX 512
#define X32_BIT   0x40000000

/* First and third argument: what default profiles look at (personality, socket, clone). */
static const unsigned long lists[][2] = {
        { 0, 0 },  { 0xffffffff, 0 }, { 8, 0 },          { 0x20000, 0 },    { 0x20008, 0 },
        { 4, 0 },  { 16, 0 },         { 16, 9 },         { 2, 9 },          { 38, 0 },
        { 40, 0 }, { 40, 9 },         { 0x10000000, 0 }, { 0x7e020000, 0 }, { 17, 0 },
};
#define LISTS (sizeof(lists) / sizeof(lists[0]))

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS /* Linux 6.6: both sides take turns on one processor */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif

static size_t used = LISTS;

struct shared {
        volatile int listener;
        uint16_t verdicts[CALLS_MAX][LISTS];
};

static long own_call(long number, long a, long b, long c)
{
        return syscall(number, a, b, c, 0L, 0L, (long)MARK);
}

static long call_native(unsigned number, unsigned long first, unsigned long third)
{
        return syscall((long)number, first, 0L, third, 0L, 0L, 0L) < 0 ? errno : 0;
}

#ifdef __x86_64__
static long call_32(unsigned number, unsigned long first, unsigned long third)
{
        long result;

        __asm__ volatile("lea -128(%%rsp), %%rsp\n\tpush %%rbp\n\txor %%ebp, %%ebp\n\tint $0x80\n\t"
                         "pop %%rbp\n\tlea 128(%%rsp), %%rsp"
                         : "=a"(result)
                         : "a"(number), "b"(first), "c"(0L), "d"(third), "S"(0L), "D"(0L)
                         : "memory", "r8", "r9", "r10", "r11");
        return -(int)result;
}
#endif

static int install(void)
{
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MARK, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        };
        struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                            &program);
}

typedef long (*caller)(unsigned, unsigned long, unsigned long);

struct job {
        struct shared *shared;
        caller call;
        unsigned base, first;
};

static int ask(void *data)
{
        const struct job *job = data;
        struct shared *shared = job->shared;

        shared->listener = install();
        for (unsigned n = job->first; n < CALLS_MAX; n++)
                for (size_t i = 0; i < used; i++)
                        shared->verdicts[n][i] =
                                (uint16_t)job->call(job->base | n, lists[i][0], lists[i][1]);
        own_call(SYS_exit_group, 0, 0, 0);
        return 0;
}

/* Until the child ends. */
static void answer(int listener)
{
        struct seccomp_notif in;
        struct seccomp_notif_resp out;

        (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, 1UL);
        for (;;) {
                memset(&in, 0, sizeof(in));
                memset(&out, 0, sizeof(out));
                if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &in) < 0) {
                        if (errno == EINTR)
                                continue;
                        return;
                }
                out.id = in.id;
                out.error = -ALLOWED;
                (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &out);
        }
}

static char stack[65536] __attribute__((aligned(16)));

/* From `first`, to the end or to the first call that kills the child. */
static int ask_from(struct shared *shared, caller call, unsigned base, unsigned first)
{
        struct job job = { shared, call, base, first };
        pid_t pid;
        int status;

        shared->listener = -2;
        pid = clone(ask, stack + sizeof(stack), CLONE_FILES | SIGCHLD, &job);
        while (pid > 0 && shared->listener == -2 && waitpid(pid, &status, WNOHANG) == 0)
                sched_yield();
        if (pid < 0 || shared->listener < 0) {
                fprintf(stderr, "verdict: no listener\n");
                exit(1);
        }
        answer(shared->listener);
        waitpid(pid, &status, 0);
        close(shared->listener);
        return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static const char *name_of(unsigned verdict)
{
        static char text[16];

        if (verdict == ALLOWED)
                return "allow";
        if (verdict == UNKNOWN)
                return "kill";
        snprintf(text, sizeof(text), "%u", verdict);
        return text;
}

static void print(const char *arch, const struct shared *shared)
{
        for (unsigned n = 0; n < CALLS_MAX; n++) {
                const uint16_t *v = shared->verdicts[n];

                printf("%s %u %s", arch, n, name_of(v[0]));
                for (size_t i = 1; i < used; i++)
                        if (v[i] != v[0])
                                printf(" %lx,%lx:%s", lists[i][0], lists[i][1], name_of(v[i]));
                putchar('\n');
        }
}

static void probe(const char *arch, caller call, unsigned base)
{
        struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        unsigned first = 0;

        if (shared == MAP_FAILED)
                exit(1);
        for (unsigned n = 0; n < CALLS_MAX; n++)
                for (size_t i = 0; i < LISTS; i++)
                        shared->verdicts[n][i] = UNKNOWN;
        while (ask_from(shared, call, base, first) != 0) {
                while (first < CALLS_MAX && shared->verdicts[first][used - 1] != UNKNOWN)
                        first++;
                if (first == 0) { /* the processor or the kernel has no such calls at all */
                        printf("%s none\n", arch);
                        return;
                }
                first++;
        }
        print(arch, shared);
}

int main(int argc, char **argv)
{
        if (argc > 1 && strcmp(argv[1], "quick") == 0)
                used = 1;
        probe("native", call_native, 0);
#ifdef __x86_64__
        probe("x32", call_native, X32_BIT);
        probe("x86", call_32, 0);
#endif
        return 0;
}
