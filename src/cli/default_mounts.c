/* Lines of mounts.conf as binds. podman copies the files, so that a container may change its own;
 * here nobody changes them. See default_mounts.h. */
#include "cli/default_mounts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/strv.h"
#include "cli/mount_spec.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool is_taken(const struct container_spec *spec, const char *target)
{
        for (size_t i = 0; i < spec->mount_count; i++)
                if (strcmp(spec->mounts[i].target, target) == 0)
                        return true;
        return false;
}

static int fill_line(const char *line, struct container_spec *spec, struct error *err)
{
        size_t len = strcspn(line, ":");
        AUTO_FREE char *source = xstrndup(line, len);
        const char *target = line[len] ? line + len + 1 : source;
        AUTO_FREE char *text = xasprintf("%s:%s:ro", source, target);

        if (access(source, F_OK) < 0 || is_taken(spec, target))
                return 0;
        return mount_spec_volume(text, spec, err);
}

int default_mounts_fill(const char *file, struct container_spec *spec, struct error *err)
{
        AUTO_FREE char *text = NULL;
        AUTO(strv) lines = { 0 };
        struct error why = { 0 };

        if (!file)
                return 0;
        if (fd_read_file(AT_FDCWD, file, LIMIT_CONF_FILE, &text, NULL, &why) < 0)
                return why.kind == ERROR_NOT_FOUND ? 0 : error_copy(err, &why);
        strv_split(&lines, text, '\n');
        for (size_t i = 0; i < lines.count; i++) {
                const char *line = lines.items[i] + strspn(lines.items[i], " \t");

                if (line[0] && line[0] != '#' && fill_line(line, spec, err) < 0)
                        return error_context(err, "%s", file);
        }
        return 0;
}
