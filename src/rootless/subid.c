/* Subordinate id ranges: reading /etc/subuid and /etc/subgid and laying them out inside.
 *
 * The files are read directly: newuidmap(1) checks every range again with privilege, so nothing
 * here is a security decision. getpwuid(3) is the second choice because a name-service module
 * costs more to load than the whole start of a container.
 */
#include "rootless/subid.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"

#include <fcntl.h>
#include <pwd.h>
#include <string.h>

static bool owner_matches(const char *owner, const char *user, uid_t uid)
{
        char number[16];

        snprintf(number, sizeof(number), "%u", uid);
        return (user && strcmp(owner, user) == 0) || strcmp(owner, number) == 0;
}

/* One line, modified in place: owner:start:count. */
static bool parse_line(char *line, const char *user, uid_t uid, struct id_range *out)
{
        char *owner = strsep(&line, ":");
        char *start = strsep(&line, ":");
        char *count = strsep(&line, ":");
        char *end_start, *end_count;
        unsigned long long first, number;

        if (!start || !count || !owner_matches(owner, user, uid))
                return false;
        first = strtoull(start, &end_start, 10);
        number = strtoull(count, &end_count, 10);
        if (end_start == start || *end_start || end_count == count || *end_count)
                return false;
        if (number == 0 || first > UINT32_MAX || number > UINT32_MAX || first + number > UINT32_MAX)
                return false;
        *out = (struct id_range){ .outside = (uint32_t)first, .count = (uint32_t)number };
        return true;
}

size_t subid_parse(const char *text, const char *user, uid_t uid, struct id_range *ranges_out,
                   size_t max)
{
        AUTO_FREE char *copy = xstrdup(text);
        char *rest = copy, *line;
        size_t count = 0;

        while (count < max && (line = strsep(&rest, "\n")))
                if (line[0] != '#' && parse_line(line, user, uid, &ranges_out[count]))
                        count++;
        return count;
}

char *subid_user_name(uid_t uid)
{
        AUTO_FREE char *text = NULL;
        const struct passwd *entry;
        char *rest, *line;

        if (fd_read_file(AT_FDCWD, "/etc/passwd", LIMIT_PASSWD, &text, NULL, NULL) == 0) {
                for (rest = text; (line = strsep(&rest, "\n"));) {
                        char *name = strsep(&line, ":");
                        char *number = (strsep(&line, ":"), strsep(&line, ":"));

                        if (number && *number && strtoul(number, NULL, 10) == uid)
                                return xstrdup(name);
                }
        }
        entry = getpwuid(uid);
        return entry ? xstrdup(entry->pw_name) : NULL;
}

size_t subid_load(const char *path, const char *user, uid_t uid, struct id_range *ranges_out,
                  size_t max)
{
        AUTO_FREE char *text = NULL;

        if (fd_read_file(AT_FDCWD, path, LIMIT_CONF_FILE, &text, NULL, NULL) < 0)
                return 0;
        return subid_parse(text, user, uid, ranges_out, max);
}

void subid_layout(const struct id_range *ranges, size_t count, uint32_t caller,
                  struct id_map *map_out)
{
        uint64_t next = 1;

        map_out->count = 1;
        map_out->ranges[0] = (struct id_range){ 0, caller, 1 };
        for (size_t i = 0; i < count && next + ranges[i].count <= UINT32_MAX; i++) {
                struct id_range range = { (uint32_t)next, ranges[i].outside, ranges[i].count };

                if (id_map_add(map_out, &range, NULL) < 0)
                        break;
                next += ranges[i].count;
        }
}
