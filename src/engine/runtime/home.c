/* $HOME for a process whose specification does not set it, as runc and crun have it. The root
 * directory is the container's by now: its /etc/passwd may be anything. */
#include "engine/runtime/home.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static char *read_passwd(void)
{
        AUTO_CLOSE int fd = open("/etc/passwd", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        struct stat st;
        char *text = NULL;

        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
            fd_read_rest(fd, LIMIT_PASSWD, &text, NULL, NULL) < 0)
                return NULL;
        return text;
}

/* name:password:uid:gid:comment:home:shell */
char *home_of(uid_t uid)
{
        AUTO_FREE char *text = read_passwd();
        char *rest = text, *line;

        while (rest && (line = strsep(&rest, "\n"))) {
                char *fields[6], *end;
                size_t count = 0;

                while (count < ARRAY_SIZE(fields) && (fields[count] = strsep(&line, ":")))
                        count++;
                if (count == ARRAY_SIZE(fields) && fields[2][0] &&
                    strtoul(fields[2], &end, 10) == uid && !*end && fields[5][0] == '/')
                        return xstrdup(fields[5]);
        }
        return xstrdup("/");
}
