/* The last program image before the container's own: kelp-init MODE ERRFD PROGRAM ARGV0 [ARG...]
 *
 *   exec   close ERRFD on exec and execve(PROGRAM). On failure the errno goes to ERRFD as four
 * bytes. init   the same in a child; stay as pid 1, pass signals on, reap, end as the child ended.
 *
 * It runs from a sealed memfd, so /proc/self/exe inside a container never leads to kelp's own file
 * (CVE-2019-5736). No libc: a few kilobytes that start in microseconds and need no system call that
 * a seccomp profile forbids before it would forbid the program itself.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/wait.h>
#include <signal.h>

typedef unsigned long word;

#if defined(__x86_64__)
static long call(long number, long a, long b, long c, long d)
{
        register long r10 __asm__("r10") = d;
        long result;

        __asm__ volatile("syscall"
                         : "=a"(result)
                         : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                         : "rcx", "r11", "memory");
        return result;
}
__asm__(".text\n.global _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall start\n");
#elif defined(__aarch64__)
static long call(long number, long a, long b, long c, long d)
{
        register long x8 __asm__("x8") = number;
        register long x0 __asm__("x0") = a;
        register long x1 __asm__("x1") = b;
        register long x2 __asm__("x2") = c;
        register long x3 __asm__("x3") = d;

        __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
        return x0;
}
__asm__(".text\n.global _start\n_start:\n\tmov x0, sp\n\tbl start\n");
#else
#error "kelp-init has no start code for this architecture"
#endif

static _Noreturn void end(int code)
{
        for (;;)
                call(__NR_exit_group, code, 0, 0, 0);
}

static int number(const char *text)
{
        int value = 0;

        while (*text >= '0' && *text <= '9')
                value = value * 10 + (*text++ - '0');
        return value;
}

static _Noreturn void execute(int errfd, char **program, char **envp)
{
        int sys;

        call(__NR_fcntl, errfd, F_SETFD, FD_CLOEXEC, 0);
        sys = (int)-call(__NR_execve, (long)program[0], (long)(program + 1), (long)envp, 0);
        call(__NR_write, errfd, (long)&sys, sizeof(sys), 0);
        end(sys == ENOENT ? 127 : 126);
}

/* What comes to pid 1 goes to the child's process group; SIGCHLD means somebody is to be reaped. */
static int reap(int child)
{
        int status;
        long pid;

        while ((pid = call(__NR_wait4, -1, (long)&status, WNOHANG, 0)) > 0) {
                if (pid != child)
                        continue;
                if ((status & 0x7f) == 0)
                        end((status >> 8) & 0xff);
                end(128 + (status & 0x7f));
        }
        return (int)pid;
}

static _Noreturn void supervise(int child, const word *all)
{
        for (;;) {
                long signal_number = call(__NR_rt_sigtimedwait, (long)all, 0, 0, sizeof(*all));

                if (signal_number == SIGCHLD)
                        reap(child);
                else if (signal_number > 0)
                        call(__NR_kill, child, signal_number, 0, 0);
        }
}

static _Noreturn void run_init(int errfd, char **program, char **envp)
{
        word all = ~0UL, old = 0;
        long child;

        /* A fault of our own must still kill us. */
        all &= ~(1UL << (SIGSEGV - 1) | 1UL << (SIGBUS - 1) | 1UL << (SIGILL - 1) |
                 1UL << (SIGFPE - 1) | 1UL << (SIGABRT - 1) | 1UL << (SIGTRAP - 1) |
                 1UL << (SIGTTIN - 1) | 1UL << (SIGTTOU - 1));
        call(__NR_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&old, sizeof(all));
        child = call(__NR_clone, SIGCHLD, 0, 0, 0);
        if (child == 0) {
                call(__NR_rt_sigprocmask, SIG_SETMASK, (long)&old, 0, sizeof(old));
                execute(errfd, program, envp);
        }
        call(__NR_close, errfd, 0, 0, 0);
        if (child < 0)
                end(126);
        supervise((int)child, &all);
}

__attribute__((used)) _Noreturn void start(word *stack)
{
        long argc = (long)stack[0];
        char **argv = (char **)(stack + 1);
        char **envp = argv + argc + 1;

        if (argc < 5)
                end(125);
        if (argv[1][0] == 'i')
                run_init(number(argv[2]), argv + 3, envp);
        execute(number(argv[2]), argv + 3, envp);
}
