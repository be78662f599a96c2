/* The unit file in memory. What is read keeps its order, so that what is written reads like its
 * source; several groups of one name are one. Reading it from text is in unit_parse.c. */
#include "cli/quadlet/unit_file.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/quadlet/unit_parse.h"

#include <string.h>
#include <strings.h>

static void line_release(struct unit_line *line)
{
        free(line->key);
        free(line->value);
}

static void group_release(struct unit_group *group)
{
        for (size_t k = 0; k < group->count; k++)
                line_release(&group->lines[k]);
        free(group->lines);
        free(group->name);
}

void unit_file_release(struct unit_file *unit)
{
        for (size_t i = 0; i < unit->count; i++)
                group_release(&unit->groups[i]);
        free(unit->groups);
        *unit = (struct unit_file){ 0 };
}

static struct unit_group *find(const struct unit_file *unit, const char *name)
{
        for (size_t i = 0; i < unit->count; i++)
                if (strcmp(unit->groups[i].name, name) == 0)
                        return &unit->groups[i];
        return NULL;
}

struct unit_group *unit_file_ensure_group(struct unit_file *unit, const char *name)
{
        struct unit_group *group = find(unit, name);

        if (group)
                return group;
        unit->groups = xreallocarray(unit->groups, unit->count + 1, sizeof(*unit->groups));
        group = &unit->groups[unit->count++];
        *group = (struct unit_group){ .name = xstrdup(name) };
        return group;
}

/* Room for one more; doubled at powers of two. */
static void grow(struct unit_group *group)
{
        if ((group->count & (group->count + 1)) == 0)
                group->lines =
                        xreallocarray(group->lines, group->count * 2 + 2, sizeof(*group->lines));
}

void unit_group_add(struct unit_group *group, const char *key, const char *value)
{
        grow(group);
        group->lines[group->count++] = (struct unit_line){ xstrdup(key), xstrdup(value) };
}

void unit_file_copy(struct unit_file *unit, const struct unit_file *from)
{
        for (size_t i = 0; i < from->count; i++) {
                struct unit_group *group = unit_file_ensure_group(unit, from->groups[i].name);

                for (size_t k = 0; k < from->groups[i].count; k++)
                        unit_group_add(group, from->groups[i].lines[k].key,
                                       from->groups[i].lines[k].value);
        }
}

const struct unit_group *unit_file_group(const struct unit_file *unit, const char *group)
{
        return find(unit, group);
}

static struct unit_line *last_line(const struct unit_group *group, const char *key)
{
        for (size_t i = group ? group->count : 0; i-- > 0;)
                if (strcmp(group->lines[i].key, key) == 0)
                        return &group->lines[i];
        return NULL;
}

const char *unit_file_get(const struct unit_file *unit, const char *group, const char *key)
{
        const struct unit_line *line = last_line(find(unit, group), key);

        return line ? line->value : NULL;
}

void unit_file_all(const struct unit_file *unit, const char *group, const char *key,
                   struct strv *values_out)
{
        const struct unit_group *found = find(unit, group);

        for (size_t i = 0; found && i < found->count; i++) {
                if (strcmp(found->lines[i].key, key) != 0)
                        continue;
                if (found->lines[i].value[0])
                        strv_add(values_out, found->lines[i].value);
                else
                        strv_release(values_out);
        }
}

int unit_file_bool(const struct unit_file *unit, const char *group, const char *key,
                   bool *value_out, struct error *err)
{
        static const char *const yes[] = { "1", "yes", "y", "true", "t", "on" };
        static const char *const no[] = { "0", "no", "n", "false", "f", "off" };
        const char *word = unit_file_get(unit, group, key);

        if (!word || !word[0])
                return 0;
        for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
                bool is_yes = strcasecmp(word, yes[i]) == 0;

                if (is_yes || strcasecmp(word, no[i]) == 0) {
                        *value_out = is_yes;
                        return 0;
                }
        }
        return error_set(err, ERROR_INVALID, "%s=%s in [%s] is neither yes nor no", key, word,
                         group);
}

void unit_file_add(struct unit_file *unit, const char *group, const char *key, const char *value)
{
        unit_group_add(unit_file_ensure_group(unit, group), key, value);
}

void unit_file_prepend(struct unit_file *unit, const char *group, const char *key,
                       const char *value)
{
        struct unit_group *to = unit_file_ensure_group(unit, group);
        struct unit_line line = { xstrdup(key), xstrdup(value) };

        grow(to);
        memmove(to->lines + 1, to->lines, to->count * sizeof(*to->lines));
        to->lines[0] = line;
        to->count++;
}

void unit_file_set(struct unit_file *unit, const char *group, const char *key, const char *value)
{
        struct unit_line *line = last_line(find(unit, group), key);

        if (!line) {
                unit_file_add(unit, group, key, value);
                return;
        }
        free(line->value);
        line->value = xstrdup(value);
}

void unit_file_unset(struct unit_file *unit, const char *group, const char *key)
{
        struct unit_group *from = find(unit, group);
        size_t kept = 0;

        for (size_t i = 0; from && i < from->count; i++) {
                if (strcmp(from->lines[i].key, key) == 0)
                        line_release(&from->lines[i]);
                else
                        from->lines[kept++] = from->lines[i];
        }
        if (from)
                from->count = kept;
}

/* What has that name already gets the lines. */
void unit_file_rename_group(struct unit_file *unit, const char *group, const char *name)
{
        struct unit_group *found = find(unit, group), *there = find(unit, name);

        if (!found)
                return;
        if (!there) {
                free(found->name);
                found->name = xstrdup(name);
                return;
        }
        for (size_t i = 0; i < found->count; i++)
                unit_group_add(there, found->lines[i].key, found->lines[i].value);
        group_release(found);
        unit->count--;
        memmove(found, found + 1, (size_t)(&unit->groups[unit->count] - found) * sizeof(*found));
}

/* A blank keeps a backslash at the end from joining the line with the next. */
static const char *line_end(const char *value)
{
        size_t len = strlen(value), count = 0;

        while (count < len && value[len - 1 - count] == '\\')
                count++;
        return count % 2 == 1 ? " \n" : "\n";
}

void unit_file_write(const struct unit_file *unit, FILE *out)
{
        for (size_t i = 0; i < unit->count; i++) {
                const struct unit_group *group = &unit->groups[i];

                fprintf(out, "%s[%s]\n", i > 0 ? "\n" : "", group->name);
                for (size_t k = 0; k < group->count; k++)
                        fprintf(out, "%s=%s%s", group->lines[k].key, group->lines[k].value,
                                line_end(group->lines[k].value));
        }
}
