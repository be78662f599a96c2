/* The floor: what the kernel alone takes to start a container. clone3 with all namespaces, an
 * overlay, proc, sys, a dev with its nodes, pivot_root, exec, wait: nothing else. No options, no
 * checks beyond "did it work", no store, no log, no clean-up.
 *
 * floor [-m] ROOT UPPER WORK MERGED PROGRAM [ARG...]   -m: maps through newuidmap and newgidmap
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(int ok, const char *what)
{
        if (ok)
                return;
        perror(what);
        _exit(125);
}

static void put(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
        close(fd);
}

/* One of the two mapping programs, started but not waited for. */
static pid_t mapper(const char *program, pid_t target, unsigned own, unsigned first)
{
        char pid[16], outside[16], start[16];
        pid_t child = vfork();

        if (child != 0)
                return child;
        snprintf(pid, sizeof(pid), "%d", target);
        snprintf(outside, sizeof(outside), "%u", own);
        snprintf(start, sizeof(start), "%u", first);
        execl(program, program, pid, "0", outside, "1", "1", start, "65536", (char *)NULL);
        _exit(127);
}

/* The first range of the user in a file whose lines are name:first:count. */
static unsigned first_id(const char *path)
{
        FILE *file = fopen(path, "r");
        const char *user = getenv("USER");
        char line[256];
        unsigned first = 0;

        while (file && user && fgets(line, sizeof(line), file))
                if (strncmp(line, user, strlen(user)) == 0 && line[strlen(user)] == ':')
                        first = (unsigned)strtoul(line + strlen(user) + 1, NULL, 10);
        if (file)
                fclose(file);
        return first;
}

static void write_maps(pid_t self, unsigned uid, unsigned gid)
{
        pid_t a = mapper("/usr/bin/newuidmap", self, uid, first_id("/etc/subuid"));
        pid_t b = mapper("/usr/bin/newgidmap", self, gid, first_id("/etc/subgid"));

        waitpid(a, NULL, 0);
        waitpid(b, NULL, 0);
}

static void enter_userns(int with_helpers)
{
        unsigned uid = getuid(), gid = getgid();
        char map[64];
        int go[2], done[2];
        char byte;

        must(pipe(go) == 0 && pipe(done) == 0, "pipe");
        if (with_helpers) {
                pid_t self = getpid();

                if (fork() == 0) {
                        must(read(go[0], &byte, 1) == 1, "read");
                        write_maps(self, uid, gid);
                        must(write(done[1], "d", 1) == 1, "write");
                        _exit(0);
                }
        }
        must(unshare(CLONE_NEWUSER) == 0, "unshare");
        if (with_helpers) {
                must(write(go[1], "g", 1) == 1 && read(done[0], &byte, 1) == 1, "maps");
                return;
        }
        put("/proc/self/setgroups", "deny");
        snprintf(map, sizeof(map), "0 %u 1", uid);
        put("/proc/self/uid_map", map);
        snprintf(map, sizeof(map), "0 %u 1", gid);
        put("/proc/self/gid_map", map);
}

static void make_dev(void)
{
        static const char *const nodes[] = { "null", "zero", "full", "random", "urandom", "tty" };
        char from[32], to[32];

        must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755") == 0, "dev");
        for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
                snprintf(from, sizeof(from), "/dev/%s", nodes[i]);
                snprintf(to, sizeof(to), "dev/%s", nodes[i]);
                close(open(to, O_WRONLY | O_CREAT, 0666));
                must(mount(from, to, NULL, MS_BIND, NULL) == 0, to);
        }
        mkdir("dev/pts", 0755);
        must(mount("devpts", "dev/pts", "devpts", MS_NOSUID, "newinstance,ptmxmode=0666") == 0,
             "devpts");
}

static void child(char **argv)
{
        char options[4096];

        snprintf(options, sizeof(options), "userxattr,lowerdir=%s,upperdir=%s,workdir=%s", argv[0],
                 argv[1], argv[2]);
        must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0, "slave");
        must(mount("overlay", argv[3], "overlay", 0, options) == 0, "overlay");
        must(chdir(argv[3]) == 0, "chdir");
        mkdir("proc", 0755);
        mkdir("sys", 0755);
        mkdir("dev", 0755);
        must(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV, NULL) == 0, "proc");
        must(mount("sysfs", "sys", "sysfs", MS_RDONLY | MS_NOSUID, NULL) == 0, "sys");
        make_dev();
        must(syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0, "pivot_root");
        must(chdir("/") == 0, "chdir");
        execv(argv[4], argv + 4);
        must(0, argv[4]);
}

int main(int argc, char **argv)
{
        int with_helpers = argc > 1 && strcmp(argv[1], "-m") == 0;
        struct clone_args args = { .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
                                            CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP,
                                   .exit_signal = SIGCHLD };
        int status;
        long pid;

        if (argc < 6 + with_helpers)
                return 125;
        enter_userns(with_helpers);
        pid = syscall(SYS_clone3, &args, sizeof(args));
        must(pid >= 0, "clone3");
        if (pid == 0)
                child(argv + 1 + with_helpers);
        waitpid((pid_t)pid, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
