/* Modes of user namespaces. See userns_mode.h. */
#include "engine/container/userns_mode.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <ctype.h>
#include <string.h>

static const struct {
        const char *name;
        enum userns_kind kind;
} words[] = {
        { "", USERNS_DEFAULT },
        { "host", USERNS_DEFAULT },
        { "private", USERNS_DEFAULT },
        { "keep-id", USERNS_KEEP_ID },
        { "nomap", USERNS_NOMAP },
        { "auto", USERNS_AUTO },
        { "container", USERNS_CONTAINER },
        { "ns", USERNS_PATH },
};

void userns_mode_release(struct userns_mode *mode)
{
        strv_release(&mode->uid_mappings);
        strv_release(&mode->gid_mappings);
        free(mode->target);
        *mode = (struct userns_mode){ 0 };
}

static int parse_id(const char *option, const char *value, uint32_t *out, struct error *err)
{
        char *end;
        unsigned long long number = strtoull(value, &end, 10);

        if (!isdigit((unsigned char)value[0]) || *end || strlen(value) > 10 || number >= UINT32_MAX)
                return error_set(err, ERROR_USAGE, "--userns: %s=%s is not a number of an id",
                                 option, value);
        *out = (uint32_t)number;
        return 0;
}

static int parse_size(const char *value, uint32_t *out, struct error *err)
{
        if (parse_id("size", value, out, err) < 0)
                return -1;
        return *out > 0 ? 0 : error_set(err, ERROR_USAGE, "--userns: size=0 leaves no id");
}

/* 1: not an option of this mode. */
static int keep_id_option(struct userns_mode *mode, const char *name, const char *value,
                          struct error *err)
{
        if (strcmp(name, "uid") == 0) {
                mode->uid_set = true;
                return parse_id(name, value, &mode->uid, err);
        }
        if (strcmp(name, "gid") == 0) {
                mode->gid_set = true;
                return parse_id(name, value, &mode->gid, err);
        }
        return strcmp(name, "size") == 0 ? parse_size(value, &mode->size, err) : 1;
}

static int auto_option(struct userns_mode *mode, const char *name, const char *value,
                       struct error *err)
{
        if (strcmp(name, "uidmapping") == 0)
                strv_add(&mode->uid_mappings, value);
        else if (strcmp(name, "gidmapping") == 0)
                strv_add(&mode->gid_mappings, value);
        else
                return strcmp(name, "size") == 0 ? parse_size(value, &mode->size, err) : 1;
        return 0;
}

static int parse_options(struct userns_mode *mode, const char *word, const char *text,
                         struct error *err)
{
        AUTO(strv) options = { 0 };

        strv_split(&options, text, ',');
        for (size_t i = 0; i < options.count; i++) {
                char *name = options.items[i], *value = strchr(name, '=');
                int rc = 1;

                if (value) {
                        *value++ = '\0';
                        rc = mode->kind == USERNS_KEEP_ID ? keep_id_option(mode, name, value, err)
                                                          : auto_option(mode, name, value, err);
                }
                if (rc < 0)
                        return -1;
                if (rc > 0)
                        return error_set(
                                err, ERROR_USAGE,
                                "--userns=%s: \"%s\" is not one of its options (%s)", word, name,
                                mode->kind == USERNS_KEEP_ID ? "uid=, gid=, size="
                                                             : "size=, uidmapping=, gidmapping=");
        }
        return 0;
}

static int parse_rest(struct userns_mode *mode, const char *word, const char *rest,
                      struct error *err)
{
        switch (mode->kind) {
        case USERNS_KEEP_ID:
        case USERNS_AUTO:
                return rest ? parse_options(mode, word, rest, err) : 0;
        case USERNS_CONTAINER:
        case USERNS_PATH:
                if (!rest || !rest[0])
                        return error_set(err, ERROR_USAGE, "--userns=%s: names no %s", word,
                                         mode->kind == USERNS_PATH ? "path" : "container");
                mode->target = xstrdup(rest);
                return 0;
        default:
                return rest ? error_set(err, ERROR_USAGE, "--userns=%s takes no options", word) : 0;
        }
}

int userns_mode_parse(const char *text, struct userns_mode *mode_out, struct error *err)
{
        struct userns_mode mode = { .kind = USERNS_DEFAULT };
        const char *colon = text ? strchr(text, ':') : NULL;
        AUTO_FREE char *word = xstrndup(text ? text : "",
                                        colon ? (size_t)(colon - text) : strlen(text ? text : ""));
        size_t i;

        for (i = 0; i < ARRAY_SIZE(words) && strcmp(words[i].name, word) != 0; i++)
                ;
        if (i == ARRAY_SIZE(words))
                return error_set(err, ERROR_USAGE,
                                 "--userns=%.100s is not one of host, private, keep-id, nomap, "
                                 "auto, container:ID, ns:PATH",
                                 text);
        mode.kind = words[i].kind;
        if (parse_rest(&mode, word, colon ? colon + 1 : NULL, err) < 0) {
                userns_mode_release(&mode);
                return -1;
        }
        *mode_out = mode;
        return 0;
}

static uint32_t keep_id_of(bool set, uint32_t given, const struct userns_plan *plan, uint32_t own)
{
        return set ? given : plan->rung == USERNS_PRIVILEGED ? 0 : own;
}

/* podman's layout: the first ids before the caller's own, the others behind it. */
static void keep_one(struct id_map *map, uint32_t own, const struct id_map *all, uint32_t size)
{
        uint64_t rest = id_map_size(all) - 1;
        struct id_range ranges[3] = { { .inside = 0, .outside = 1 },
                                      { .inside = own, .outside = 0, .count = 1 },
                                      { .inside = own + 1, .outside = own + 1 } };

        if (size > 0 && rest > size - 1)
                rest = size - 1;
        ranges[0].count = own < rest ? own : (uint32_t)rest;
        ranges[2].count = own < rest ? (uint32_t)rest - own : 0;
        map->count = 0;
        for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
                (void)id_map_add(map, &ranges[i], NULL);
}

/* Without the caller: its id is the first of the default namespace. */
static void leave_out(struct id_map *map, const struct id_map *all)
{
        map->count = 0;
        (void)id_map_add(map, &(struct id_range){ 0, 1, (uint32_t)id_map_size(all) - 1 }, NULL);
}

static int not_for_root(const char *what, struct error *err)
{
        error_set(err, ERROR_UNSUPPORTED, "%s is for callers that are not root", what);
        return error_cure(err, "give root's containers a map by hand: --uidmap 0:100000:65536");
}

static int no_ids(const char *what, const struct userns_plan *plan, struct error *err)
{
        error_set(err, ERROR_UNSUPPORTED, "%s needs subordinate ids: %s", what,
                  plan->reason ? plan->reason : "there are none");
        return plan->cure ? error_cure(err, "%s", plan->cure) : -1;
}

int userns_mode_maps(const struct userns_mode *mode, const struct userns_plan *plan,
                     struct id_maps *maps_out, struct error *err)
{
        bool root = plan->rung == USERNS_PRIVILEGED;

        if (mode->kind == USERNS_AUTO && plan->rung == USERNS_SINGLE)
                return no_ids("--userns=auto", plan, err);
        if (mode->kind == USERNS_KEEP_ID && root)
                return mode->size ? not_for_root("--userns=keep-id:size=", err) : 0;
        if (mode->kind == USERNS_KEEP_ID) {
                keep_one(&maps_out->uids,
                         keep_id_of(mode->uid_set, mode->uid, plan, plan->caller_uid), &plan->uids,
                         mode->size);
                keep_one(&maps_out->gids,
                         keep_id_of(mode->gid_set, mode->gid, plan, plan->caller_gid), &plan->gids,
                         mode->size);
                return 1;
        }
        if (mode->kind != USERNS_NOMAP)
                return 0;
        if (root)
                return not_for_root("--userns=nomap", err);
        if (plan->rung == USERNS_SINGLE)
                return no_ids("--userns=nomap", plan, err);
        leave_out(&maps_out->uids, &plan->uids);
        leave_out(&maps_out->gids, &plan->gids);
        return 1;
}

char *userns_mode_user(const struct userns_mode *mode, const struct userns_plan *plan)
{
        if (mode->kind != USERNS_KEEP_ID)
                return NULL;
        return xasprintf("%u:%u", keep_id_of(mode->uid_set, mode->uid, plan, plan->caller_uid),
                         keep_id_of(mode->gid_set, mode->gid, plan, plan->caller_gid));
}
