/* Runs inside containers and reports what it sees, a key and a value a line. Static, no options
 * needed; `payload exit N`, `payload size`, `payload fds`, `payload capability FILE` and
 * `payload call NUMBER` do one thing.
 */
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

static void copy_lines(const char *path, const char *const *keys)
{
        FILE *file = fopen(path, "r");
        char line[4096];

        while (file && fgets(line, sizeof(line), file))
                for (const char *const *key = keys; *key; key++)
                        if (strncmp(line, *key, strlen(*key)) == 0)
                                fputs(line, stdout);
        if (file)
                fclose(file);
}

/* Every descriptor but the one that reads the list. */
static void print_fds(void)
{
        DIR *dir = opendir("/proc/self/fd");
        struct dirent *entry;

        while (dir && (entry = readdir(dir)))
                if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(dir))
                        printf("fd %s\n", entry->d_name);
}

static void print_size(void)
{
        struct winsize size = { 0 };

        ioctl(0, TIOCGWINSZ, &size);
        printf("%d %d\n", size.ws_row, size.ws_col);
}

/* As setcap(8) does: CAP_NET_RAW, permitted and effective. */
static int give_capability(const char *path)
{
        const struct vfs_cap_data data = {
                .magic_etc = htole32(VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE),
                .data[0].permitted = htole32(1U << CAP_NET_RAW),
        };

        return setxattr(path, "security.capability", &data, sizeof(data), 0) < 0 ? errno : 0;
}

/* As sd_notify(3) does. */
static int notify(const char *text)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        const char *path = getenv("NOTIFY_SOCKET");
        int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

        if (!path || strlen(path) >= sizeof(address.sun_path))
                return EINVAL;
        strcpy(address.sun_path, path);
        return sendto(fd, text, strlen(text), 0, (struct sockaddr *)&address, sizeof(address)) < 0
                       ? errno
                       : 0;
}

int main(int argc, char **argv)
{
        static const char *const status[] = { "CapInh",     "CapPrm",   "CapEff",
                                              "CapBnd",     "CapAmb",   "Uid",
                                              "NoNewPrivs", "Seccomp:", NULL };
        char exe[256] = "";

        if (argc > 2 && strcmp(argv[1], "exit") == 0)
                return atoi(argv[2]);
        if (argc > 1 && strcmp(argv[1], "size") == 0)
                print_size();
        else if (argc > 1 && strcmp(argv[1], "fds") == 0)
                print_fds();
        else if (argc > 2 && strcmp(argv[1], "capability") == 0)
                return give_capability(argv[2]);
        else if (argc > 2 && strcmp(argv[1], "notify") == 0)
                return notify(argv[2]);
        else if (argc > 2 && strcmp(argv[1], "call") == 0) {
                long result = syscall(atoi(argv[2]), 0, 0, 0, 0, 0, 0);

                printf("%ld %d\n", result, errno);
        } else {
                copy_lines("/proc/self/status", status);
                if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0)
                        printf("exe %s\n", exe);
                printf("pid %d\n", getpid());
        }
        return 0;
}
