/* Lines of mounts.conf as binds. podman copies the files, so that a container may change its own;
 * here nobody changes them. See default_mounts.h. */
#include "cli/options/default_mounts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/strv.h"
#include "cli/options/env.h"
#include "cli/options/mount_words.h"
#include "engine/container/spec_mounts.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

static int fill_line(const char *line, struct container_spec *spec, struct error *err)
{
        size_t len = strcspn(line, ":");
        AUTO_FREE char *source = xstrndup(line, len);
        AUTO_FREE char *target = path_clean(line[len] ? line + len + 1 : source);
        AUTO(strv) words = { 0 };
        AUTO(container_mount) mount = { .kind = MOUNT_BIND };

        if (source[0] != '/')
                return error_set(err, ERROR_INVALID, "%s: the source is not an absolute path",
                                 line);
        if (access(source, F_OK) < 0 || container_mount_at(spec, target))
                return 0;
        strv_add(&words, "ro");
        if (mount_words_source(&mount, source, err) < 0 ||
            mount_words_target(&mount, target, err) < 0 ||
            mount_words_bind(&mount, &words, err) < 0)
                return -1;
        return mount_words_add(spec, &mount, true, err);
}

int default_mounts_fill(const char *file, struct container_spec *spec, struct error *err)
{
        AUTO(strv) lines = { 0 };
        struct error why = { 0 };

        if (!file)
                return 0;
        if (env_file_lines(file, "--default-mounts-file", &lines, &why) < 0)
                return why.kind == ERROR_NOT_FOUND ? 0 : error_copy(err, &why);
        for (size_t i = 0; i < lines.count; i++) {
                char *line = lines.items[i];
                size_t len = strlen(line);

                while (len > 0 && isspace((unsigned char)line[len - 1]))
                        line[--len] = '\0';
                if (fill_line(line, spec, err) < 0)
                        return error_context(err, "%s", file);
        }
        return 0;
}
