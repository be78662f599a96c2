/* Mounts of containers and images, asked of the kernel. See mounted.h. */
#include "cli/mounted.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int mounted_check_namespace(const struct context *ctx, struct error *err)
{
        if (geteuid() == 0)
                return 0;
        error_set(err, ERROR_UNSUPPORTED,
                  "cannot run kelp %s outside of the user namespace: the mount would be gone with "
                  "this command",
                  ctx->command->name);
        return error_cure(err, "enter it first: kelp unshare");
}

static bool is_octal(const char *text)
{
        for (int i = 0; i < 3; i++)
                if (text[i] < '0' || text[i] > '7')
                        return false;
        return true;
}

/* Blanks, tabs, line ends and backslashes stand there as "\040" and the like (proc(5)). */
static void unescape(char *text)
{
        char *out = text;

        for (const char *in = text; *in; out++) {
                bool octal = in[0] == '\\' && is_octal(in + 1);

                *out = *in;
                if (octal)
                        *out = (char)((in[1] - '0') << 6 | (in[2] - '0') << 3 | (in[3] - '0'));
                in += octal ? 4 : 1;
        }
        *out = '\0';
}

/* Field 5 of a line of mountinfo, cut off and as it is; NULL: there is none. */
static char *mount_point(char *line)
{
        for (int field = 1; field < 5 && line; field++) {
                line = strchr(line, ' ');
                line = line ? line + 1 : NULL;
        }
        if (!line)
                return NULL;
        line[strcspn(line, " ")] = '\0';
        unescape(line);
        return line;
}

int mounted_below(const char *dir, struct strv *paths, struct error *err)
{
        AUTO_FREE char *text = NULL;
        size_t len = strlen(dir);
        char *save = NULL;

        if (fd_read_file(AT_FDCWD, "/proc/self/mountinfo", LIMIT_PROC_FILE, &text, NULL, err) < 0)
                return -1;
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                const char *at = mount_point(line);

                if (at && strncmp(at, dir, len) == 0 && at[len] == '/')
                        strv_add(paths, at + len + 1);
        }
        return 0;
}
