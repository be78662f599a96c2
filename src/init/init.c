/* The last program image before the container's own: kelp-init MODE ERRFD PROGRAM ARGV0 [ARG...]
 *
 *   exec   close ERRFD on exec and execve(PROGRAM). On failure the errno goes to ERRFD as four
 * bytes. init   the same in a child; stay as pid 1, pass signals on, reap, end as the child ended.
 *
 * kelp-init search PROGRAM [ARG...]: like init for a container that another runtime starts, where
 * nobody has looked for the program in $PATH and nobody reads its error but the user.
 *
 * Alone, as /pause: the first process of a pod's infra container. It waits until it is told to end,
 * and reaps what is left to it where it is the first process of the others too.
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

static word length(const char *text)
{
        word count = 0;

        while (text[count])
                count++;
        return count;
}

static const char *find_path(char **envp)
{
        for (; *envp; envp++) {
                const char *e = *envp;

                if (e[0] == 'P' && e[1] == 'A' && e[2] == 'T' && e[3] == 'H' && e[4] == '=')
                        return e + 5;
        }
        return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

static int has_slash(const char *text)
{
        while (*text && *text != '/')
                text++;
        return *text == '/';
}

/* DIRECTORY/NAME into place, when it fits; the rest of the list, or 0 at its end. */
static const char *next_candidate(const char *list, const char *name, char *place, word size)
{
        word len = 0, used;

        while (list[len] && list[len] != ':')
                len++;
        for (used = 0; used < len && used < size; used++)
                place[used] = list[used];
        if (used + length(name) + 2 <= size) {
                place[used++] = '/';
                while (*name)
                        place[used++] = *name++;
                place[used] = 0;
        } else {
                place[0] = 0;
        }
        return list[len] ? list + len + 1 : 0;
}

/* execvp(3) */
static int search(char **argv, char **envp)
{
        const char *list = find_path(envp);
        char path[4096];
        int sys = ENOENT;

        if (has_slash(argv[0]))
                return (int)-call(__NR_execve, (long)argv[0], (long)argv, (long)envp, 0);
        while (list) {
                int got;

                list = next_candidate(list, argv[0], path, sizeof(path));
                got = (int)-call(__NR_execve, (long)path, (long)argv, (long)envp, 0);
                if (got != ENOENT && got != ENOTDIR)
                        sys = got;
        }
        return sys;
}

static _Noreturn void execute_search(char **argv, char **envp)
{
        static const char missing[] = ": not found\n", refused[] = ": cannot be executed\n";
        int absent = search(argv, envp) == ENOENT;

        call(__NR_write, 2, (long)argv[0], (long)length(argv[0]), 0);
        call(__NR_write, 2, (long)(absent ? missing : refused),
             absent ? sizeof(missing) - 1 : sizeof(refused) - 1, 0);
        end(absent ? 127 : 126);
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

/* errfd -1: program is what execute_search() takes. */
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
                if (errfd < 0)
                        execute_search(program, envp);
                execute(errfd, program, envp);
        }
        call(__NR_close_range, 3, ~0U, 0, 0); /* what is the program's must end with it */
        if (child < 0)
                end(126);
        supervise((int)child, &all);
}

static _Noreturn void pause_until_told(void)
{
        word all = ~0UL;
        int status;

        call(__NR_rt_sigprocmask, SIG_SETMASK, (long)&all, 0, sizeof(all));
        for (;;) {
                long signal_number = call(__NR_rt_sigtimedwait, (long)&all, 0, 0, sizeof(all));

                if (signal_number == SIGCHLD)
                        while (call(__NR_wait4, -1, (long)&status, WNOHANG, 0) > 0)
                                ;
                else if (signal_number == SIGTERM || signal_number == SIGINT ||
                         signal_number == SIGQUIT || signal_number == SIGHUP)
                        end(0);
        }
}

__attribute__((used)) _Noreturn void start(word *stack)
{
        long argc = (long)stack[0];
        char **argv = (char **)(stack + 1);
        char **envp = argv + argc + 1;

        if (argc == 1)
                pause_until_told();
        if (argc >= 3 && argv[1][0] == 's')
                run_init(-1, argv + 2, envp);
        if (argc < 5)
                end(125);
        if (argv[1][0] == 'i')
                run_init(number(argv[2]), argv + 3, envp);
        execute(number(argv[2]), argv + 3, envp);
}
