/* --filter KEY=VALUE. A filter is a row of the table below: what to prepare once from its value,
 * and how it holds a container against it. Patterns are extended regular expressions. */
#include "cli/container_filter.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/human.h"
#include "engine/container/restart.h"
#include "engine/pod/pod.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct kind;

struct container_filter {
        const struct kind *kind;
        const char *value; /* points into the word */
        regex_t regex;
        bool compiled; /* the regex is */
        int64_t ns;
        int number;
        const struct store *store;
        char pod[OBJECT_ID_LEN + 1]; /* its ID; "": there is none */
};

struct kind {
        const char *key;
        bool all;   /* several values must all match */
        bool state; /* asks for a state */
        /* NULL: nothing to prepare */
        int (*prepare)(struct container_filter *filter, const struct container_list *list,
                       struct error *err);
        bool (*match)(const struct container_filter *filter, const struct container *container);
};

static int compile(struct container_filter *f, const char *pattern, struct error *err)
{
        char why[128];
        int rc = regcomp(&f->regex, pattern, REG_EXTENDED | REG_NOSUB);

        f->compiled = rc == 0;
        if (rc == 0)
                return 0;
        regerror(rc, &f->regex, why, sizeof(why));
        return error_set(err, ERROR_USAGE, "filter %s=%s: %s", f->kind->key, pattern, why);
}

static int prepare_pattern(struct container_filter *f, const struct container_list *list,
                           struct error *err)
{
        (void)list;
        return compile(f, f->value, err);
}

/* docker's names begin with a slash, which podman's users may write too. */
static int prepare_name(struct container_filter *f, const struct container_list *list,
                        struct error *err)
{
        bool anchored = strncmp(f->value, "^/", 2) == 0;
        AUTO_FREE char *pattern = anchored ? xasprintf("^%s", f->value + 2)
                                           : xstrdup(f->value + (f->value[0] == '/'));

        (void)list;
        return compile(f, pattern, err);
}

static int prepare_status(struct container_filter *f, const struct container_list *list,
                          struct error *err)
{
        static const char *const known[] = { "created", "initialized", "running",
                                             "paused",  "stopping",    "stopped",
                                             "exited",  "removing",    "unknown" };

        (void)list;
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (strcmp(known[i], f->value) == 0)
                        return 0;
        return error_set(err, ERROR_USAGE, "unknown container state: %s", f->value);
}

static int prepare_number(struct container_filter *f, const struct container_list *list,
                          struct error *err)
{
        char *end;
        long number = strtol(f->value, &end, 10);

        (void)list;
        if (*end || end == f->value || number < 0 || number > 255)
                return error_set(err, ERROR_USAGE, "filter %s=%s: not an exit code", f->kind->key,
                                 f->value);
        f->number = (int)number;
        return 0;
}

static int prepare_time(struct container_filter *f, const struct container_list *list,
                        struct error *err)
{
        (void)list;
        if (human_parse_time(f->value, &f->ns, err) == 0)
                return 0;
        return error_context(err, "filter %s", f->kind->key);
}

/* Another container's time of creation. A name goes before the beginning of an ID. */
static int prepare_container(struct container_filter *f, const struct container_list *list,
                             struct error *err)
{
        const struct container *found = NULL;

        for (size_t i = 0; i < list->count; i++) {
                const struct container *c = &list->items[i];

                if (strcmp(c->spec.name, f->value) == 0) {
                        found = c;
                        break;
                }
                if (!found && *f->value && strncmp(c->id, f->value, strlen(f->value)) == 0)
                        found = c;
        }
        if (!found)
                return error_set(err, ERROR_NOT_FOUND,
                                 "filter %s: no container with name or ID \"%s\" found: no such "
                                 "container",
                                 f->kind->key, f->value);
        f->ns = found->spec.created_ns;
        return 0;
}

static int prepare_word(const struct container_filter *f, const char *const *known,
                        const char *what, struct error *err)
{
        for (; *known; known++)
                if (strcmp(*known, f->value) == 0)
                        return 0;
        return error_set(err, ERROR_USAGE, "%s %s", f->value, what);
}

static int prepare_health(struct container_filter *f, const struct container_list *list,
                          struct error *err)
{
        static const char *const known[] = { "healthy", "unhealthy", "starting", "stopped", NULL };

        (void)list;
        return prepare_word(f, known, "is no state of health", err);
}

static int prepare_policy(struct container_filter *f, const struct container_list *list,
                          struct error *err)
{
        static const char *const known[] = { "",           "none",           "no", "always",
                                             "on-failure", "unless-stopped", NULL };

        (void)list;
        return prepare_word(f, known, "invalid restart policy", err);
}

static int prepare_bool(struct container_filter *f, const struct container_list *list,
                        struct error *err)
{
        static const char *const known[] = { "false", "0", "f", "true", "1", "t", NULL };

        (void)list;
        f->number = f->value[0] == 't' || f->value[0] == '1';
        return prepare_word(f, known, "is not true or false", err);
}

/* No container is in a pod that is not there. */
static int prepare_pod(struct container_filter *f, const struct container_list *list,
                       struct error *err)
{
        struct pod pod = { 0 };
        struct error why = { 0 };

        (void)list;
        if (pod_lookup(f->store, f->value, &pod, &why) < 0 && why.kind != ERROR_NOT_FOUND)
                return error_copy(err, &why);
        memcpy(f->pod, pod.id, sizeof(f->pod));
        pod_release(&pod);
        return 0;
}

static bool match_id(const struct container_filter *f, const struct container *c)
{
        if (f->value[strspn(f->value, "0123456789abcdefABCDEF")] == '\0')
                return strncasecmp(c->id, f->value, strlen(f->value)) == 0;
        return regexec(&f->regex, c->id, 0, NULL, 0) == 0;
}

static bool match_name(const struct container_filter *f, const struct container *c)
{
        return regexec(&f->regex, c->spec.name, 0, NULL, 0) == 0;
}

static bool match_status(const struct container_filter *f, const struct container *c)
{
        const char *value = strcmp(f->value, "stopped") == 0 ? "exited" : f->value;

        return strcmp(container_status_name(&c->state), value) == 0;
}

static bool match_exited(const struct container_filter *f, const struct container *c)
{
        return c->state.status == CONTAINER_EXITED && c->state.exit_code == f->number;
}

/* The first word of the command, without arguments. */
static bool match_command(const struct container_filter *f, const struct container *c)
{
        return c->spec.command.count > 0 &&
               regexec(&f->regex, c->spec.command.items[0], 0, NULL, 0) == 0;
}

static bool match_health(const struct container_filter *f, const struct container *c)
{
        return strcmp(c->health, f->value) == 0;
}

static bool match_pod(const struct container_filter *f, const struct container *c)
{
        return c->spec.pod && strcmp(c->spec.pod, f->pod) == 0;
}

static bool match_policy(const struct container_filter *f, const struct container *c)
{
        bool none = strcmp(f->value, "none") == 0 || !f->value[0];

        return strcmp(restart_policy_name(&c->spec), none ? "no" : f->value) == 0;
}

/* One that has run, and was not stopped by hand unless it is "always". */
static bool match_boot(const struct container_filter *f, const struct container *c)
{
        const char *policy = restart_policy_name(&c->spec);
        bool starts = c->state.started_ns != 0 &&
                      (strcmp(policy, "always") == 0 ||
                       (strcmp(policy, "unless-stopped") == 0 && !c->stopped_by_user));

        return starts == (f->number == 1);
}

static bool match_label(const struct container_filter *f, const struct container *c)
{
        AUTO_FREE char *name = xstrndup(f->value, strcspn(f->value, "="));
        const char *wanted = strchr(f->value, '='), *label = strv_env_get(&c->spec.labels, name);

        return label && (!wanted || strcmp(label, wanted + 1) == 0);
}

static bool match_no_label(const struct container_filter *f, const struct container *c)
{
        return !match_label(f, c);
}

/* By ID or the start of it, or by name: the registry in front and ":latest" may be left out. */
static bool match_ancestor(const struct container_filter *f, const struct container *c)
{
        const char *id = strncmp(f->value, "sha256:", 7) == 0 ? f->value + 7 : f->value;
        size_t len = strlen(f->value), id_len = strlen(id);

        if (id_len >= 3 && strncmp(c->spec.image_id, id, id_len) == 0)
                return true;
        for (const char *name = c->spec.image_name; name && len > 0; name = strchr(name, '/')) {
                name += *name == '/';
                if (strncmp(name, f->value, len) == 0 &&
                    (!name[len] || strcmp(name + len, ":latest") == 0))
                        return true;
        }
        return false;
}

static bool match_before(const struct container_filter *f, const struct container *c)
{
        return c->spec.created_ns < f->ns;
}

static bool match_since(const struct container_filter *f, const struct container *c)
{
        return c->spec.created_ns > f->ns;
}

/* SOURCE, TARGET or SOURCE:TARGET; a volume's source is its name */
static bool match_volume(const struct container_filter *f, const struct container *c)
{
        for (size_t i = 0; i < c->spec.mount_count; i++) {
                const struct container_mount *m = &c->spec.mounts[i];
                const char *source = m->volume ? m->volume : m->source;
                AUTO_FREE char *both = xasprintf("%s:%s", source ? source : "", m->target);

                if (strcmp(f->value, both) == 0 || strcmp(f->value, m->target) == 0 ||
                    (source && strcmp(f->value, source) == 0))
                        return true;
        }
        return false;
}

static bool match_network(const struct container_filter *f, const struct container *c)
{
        static const char *const names[] = { [NETWORK_NONE] = "none",
                                             [NETWORK_HOST] = "host",
                                             [NETWORK_SLIRP4NETNS] = "slirp4netns",
                                             [NETWORK_JOIN] = "" };

        return strcmp(f->value, c->spec.netns ? c->spec.netns : names[c->spec.network]) == 0;
}

static const struct kind kinds[] = {
        { "id", false, false, prepare_pattern, match_id },
        { "name", false, false, prepare_name, match_name },
        { "status", false, true, prepare_status, match_status },
        { "exited", false, true, prepare_number, match_exited },
        { "label", true, false, NULL, match_label },
        { "label!", true, false, NULL, match_no_label },
        { "ancestor", false, false, NULL, match_ancestor },
        { "before", false, false, prepare_container, match_before },
        { "since", false, false, prepare_container, match_since },
        { "until", false, false, prepare_time, match_before },
        { "volume", false, false, NULL, match_volume },
        { "network", false, false, NULL, match_network },
        { "command", false, false, prepare_pattern, match_command },
        { "health", false, false, prepare_health, match_health },
        { "pod", false, false, prepare_pod, match_pod },
        { "restart-policy", false, false, prepare_policy, match_policy },
        { "should-start-on-boot", false, false, prepare_bool, match_boot },
};

static int filter_init(const char *word, const struct store *store,
                       const struct container_list *list, struct container_filter *filter,
                       struct error *err)
{
        size_t len = strcspn(word, "=");

        *filter = (struct container_filter){ .store = store };
        if (!word[len])
                return error_set(err, ERROR_USAGE, "filter \"%s\" is not KEY=VALUE", word);
        filter->value = word + len + 1;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (strlen(kinds[i].key) == len && strncmp(kinds[i].key, word, len) == 0)
                        filter->kind = &kinds[i];
        if (!filter->kind)
                return error_set(err, ERROR_UNSUPPORTED, "filter \"%.*s\" is not supported",
                                 (int)len, word);
        return filter->kind->prepare ? filter->kind->prepare(filter, list, err) : 0;
}

void container_filters_release(struct container_filters *filters)
{
        for (size_t i = 0; i < filters->count; i++)
                if (filters->items[i].compiled)
                        regfree(&filters->items[i].regex);
        free(filters->items);
        *filters = (struct container_filters){ 0 };
}

int container_filters_init(const struct strv *words, const struct store *store,
                           const struct container_list *list, struct container_filters *filters_out,
                           struct error *err)
{
        AUTO(container_filters)
        filters = { .items = xcalloc(words->count + 1, sizeof(*filters.items)) };

        for (size_t i = 0; i < words->count; i++) {
                if (filter_init(words->items[i], store, list, &filters.items[filters.count], err) <
                    0)
                        return -1;
                filters.count++;
        }
        *filters_out = filters;
        filters = (struct container_filters){ 0 };
        return 0;
}

bool container_filters_match(const struct container_filters *filters,
                             const struct container *container)
{
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
                size_t asked = 0, matched = 0;

                for (size_t i = 0; i < filters->count; i++) {
                        if (filters->items[i].kind != &kinds[k])
                                continue;
                        asked++;
                        matched += kinds[k].match(&filters->items[i], container);
                }
                if (asked > 0 && (kinds[k].all ? matched < asked : matched == 0))
                        return false;
        }
        return true;
}

bool container_filters_ask_state(const struct container_filters *filters)
{
        for (size_t i = 0; i < filters->count; i++)
                if (filters->items[i].kind->state)
                        return true;
        return false;
}
