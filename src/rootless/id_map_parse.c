/* Id maps as people write them. See id_map_parse.h. */
#include "rootless/id_map_parse.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <ctype.h>
#include <string.h>

struct entry {
        struct id_range range;
        bool extends, user, group;
        bool of_host; /* "@" */
};

const char *id_kind_name(enum id_kind kind)
{
        return kind == ID_USER ? "uid" : "gid";
}

static bool parse_number(const char *text, uint32_t *out)
{
        unsigned long long value;
        char *end;

        if (!isdigit((unsigned char)text[0]) || strlen(text) > 10)
                return false;
        value = strtoull(text, &end, 10);
        if (*end || value > UINT32_MAX)
                return false;
        *out = (uint32_t)value;
        return true;
}

static const char *parse_flags(const char *text, struct entry *entry)
{
        for (; *text && strchr("+ug", *text); text++) {
                entry->extends = entry->extends || *text == '+';
                entry->user = entry->user || *text == 'u';
                entry->group = entry->group || *text == 'g';
        }
        return text;
}

/* Three words. False: they are none of that shape. */
static bool parse_entry(const struct id_map_parse *parse, char *const words[3], struct entry *out)
{
        struct entry entry = { 0 };
        const char *inside = parse->flags ? parse_flags(words[0], &entry) : words[0];
        const char *outside = words[1];

        if (!entry.user && !entry.group)
                entry.user = entry.group = true;
        entry.of_host = outside[0] == '@';
        *out = entry;
        return parse_number(inside, &out->range.inside) &&
               parse_number(outside + entry.of_host, &out->range.outside) &&
               parse_number(words[2], &out->range.count);
}

static int add_range(struct id_map *map, const struct entry *entry, const struct id_range *range,
                     struct error *err)
{
        return entry->extends ? id_map_replace(map, range, err) : id_map_add(map, range, err);
}

static int add_entry(const struct id_map_parse *parse, const struct entry *entry,
                     struct id_map *map, struct error *err)
{
        struct id_map given = { .count = 1, .ranges = { entry->range } }, found;
        const struct id_map *ranges = &given;

        /* Sums of it have to stay numbers. */
        if (id_map_check(&given, id_kind_name(parse->kind), err) < 0)
                return -1;
        if (entry->of_host) {
                struct error why = { 0 };

                if (id_map_relative(&given, parse->all, &found, &why) < 0)
                        return error_set(err, ERROR_INVALID,
                                         "the host's %s %s is not among those that you may map",
                                         id_kind_name(parse->kind), why.text);
                ranges = &found;
        }
        for (size_t i = 0; i < ranges->count; i++)
                if (add_range(map, entry, &ranges->ranges[i], err) < 0)
                        return -1;
        return 0;
}

static int malformed(const struct id_map_parse *parse, const char *text, struct error *err)
{
        return error_set(err, ERROR_USAGE, "%s map \"%.100s\" is not %sCONTAINER:[@]FROM[:COUNT]",
                         id_kind_name(parse->kind), text, parse->flags ? "[+ug]" : "");
}

static int parse_text(const struct id_map_parse *parse, const char *text, bool *fill,
                      struct id_map *map, struct error *err)
{
        AUTO(strv) words = { 0 };

        strv_split(&words, text, ':');
        if (words.count == 2)
                strv_add(&words, "1");
        if (words.count % 3)
                return malformed(parse, text, err);
        for (size_t i = 0; i < words.count; i += 3) {
                struct entry entry;

                if (!parse_entry(parse, words.items + i, &entry))
                        return malformed(parse, text, err);
                if (entry.range.count == 0 || !(parse->kind == ID_USER ? entry.user : entry.group))
                        continue;
                if (entry.extends && map->count == 0)
                        *fill = parse->fill;
                if (add_entry(parse, &entry, map, err) < 0)
                        return -1;
        }
        return 0;
}

int id_map_parse(const struct id_map_parse *parse, const struct strv *texts, struct id_map *map_out,
                 struct error *err)
{
        bool fill = false;

        map_out->count = 0;
        for (size_t i = 0; i < texts->count; i++)
                if (texts->items[i][0] &&
                    parse_text(parse, texts->items[i], &fill, map_out, err) < 0)
                        return -1;
        if (id_map_check(map_out, id_kind_name(parse->kind), err) < 0)
                return -1;
        if (fill)
                return id_map_fill(map_out, parse->all, err);
        id_map_sort(map_out);
        return 0;
}
