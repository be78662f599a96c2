/* The keys of ps's filters, which stop, rm and the other verbs take too. */
#include "cli/container/container_filter.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/container/restart.h"
#include "engine/pod/pod.h"

#include <stdlib.h>
#include <string.h>

struct world {
        const struct store *store;
        const struct container_list *list;
};

/* docker's names begin with a slash, which podman's users may write too. */
static int prepare_name(struct filter *f, const void *world, struct error *err)
{
        bool anchored = strncmp(f->value, "^/", 2) == 0;
        AUTO_FREE char *pattern = anchored ? xasprintf("^%s", f->value + 2)
                                           : xstrdup(f->value + (f->value[0] == '/'));

        (void)world;
        return filter_compile(f, pattern, err);
}

static int prepare_status(struct filter *f, const void *world, struct error *err)
{
        static const char *const known[] = { "created",  "initialized", "running", "paused",
                                             "stopping", "stopped",     "exited",  "removing",
                                             "unknown",  NULL };

        (void)world;
        return filter_check_word(f, known, "unknown container state: %s", err);
}

static int prepare_exit_code(struct filter *f, const void *world, struct error *err)
{
        char *end;

        (void)world;
        f->number = strtol(f->value, &end, 10);
        if (*end || end == f->value || f->number < 0 || f->number > 255)
                return error_set(err, ERROR_USAGE, "filter %s=%s: not an exit code", f->kind->key,
                                 f->value);
        return 0;
}

/* Another container's time of creation. A name goes before the beginning of an ID. */
static int prepare_container(struct filter *f, const void *data, struct error *err)
{
        const struct world *world = data;
        const struct container *found = NULL;

        for (size_t i = 0; i < world->list->count; i++) {
                const struct container *c = &world->list->items[i];

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
        f->number = found->spec.created_ns;
        return 0;
}

static int prepare_health(struct filter *f, const void *world, struct error *err)
{
        static const char *const known[] = { "healthy", "unhealthy", "starting", "stopped", NULL };

        (void)world;
        return filter_check_word(f, known, "%s is no state of health", err);
}

static int prepare_policy(struct filter *f, const void *world, struct error *err)
{
        static const char *const known[] = { "",           "none",           "no", "always",
                                             "on-failure", "unless-stopped", NULL };

        (void)world;
        return filter_check_word(f, known, "%s invalid restart policy", err);
}

/* No container is in a pod that is not there. */
static int prepare_pod(struct filter *f, const void *data, struct error *err)
{
        const struct world *world = data;
        AUTO(pod) pod = { 0 };
        struct error why = { 0 };

        if (pod_lookup(world->store, f->value, &pod, &why) < 0 && why.kind != ERROR_NOT_FOUND)
                return error_copy(err, &why);
        memcpy(f->id, pod.id, sizeof(f->id));
        return 0;
}

static bool match_id(const struct filter *f, const void *object)
{
        const struct container *c = object;

        return filter_fits_id(f, c->id);
}

static bool match_name(const struct filter *f, const void *object)
{
        const struct container *c = object;

        return filter_fits(f, c->spec.name);
}

static bool match_status(const struct filter *f, const void *object)
{
        const struct container *c = object;
        const char *value = strcmp(f->value, "stopped") == 0 ? "exited" : f->value;

        return strcmp(container_status_name(&c->state), value) == 0;
}

static bool match_exited(const struct filter *f, const void *object)
{
        const struct container *c = object;

        return c->state.status == CONTAINER_EXITED && c->state.exit_code == f->number;
}

/* The first word of the command, without arguments. */
static bool match_command(const struct filter *f, const void *object)
{
        const struct container *c = object;

        return c->spec.command.count > 0 && filter_fits(f, c->spec.command.items[0]);
}

static bool match_health(const struct filter *f, const void *object)
{
        const struct container *c = object;

        return strcmp(c->health, f->value) == 0;
}

static bool match_pod(const struct filter *f, const void *object)
{
        const struct container *c = object;

        return c->spec.pod && strcmp(c->spec.pod, f->id) == 0;
}

static bool match_policy(const struct filter *f, const void *object)
{
        const struct container *c = object;
        bool none = strcmp(f->value, "none") == 0 || !f->value[0];

        return strcmp(restart_policy_name(&c->spec), none ? "no" : f->value) == 0;
}

/* One that has run, and was not stopped by hand unless it is "always". */
static bool match_boot(const struct filter *f, const void *object)
{
        const struct container *c = object;
        const char *policy = restart_policy_name(&c->spec);
        bool starts = c->state.started_ns != 0 &&
                      (strcmp(policy, "always") == 0 ||
                       (strcmp(policy, "unless-stopped") == 0 && !c->stopped_by_user));

        return starts == f->yes;
}

static bool match_label(const struct filter *f, const void *object)
{
        const struct container *c = object;

        return filter_has_pair(f, &c->spec.labels);
}

static bool match_no_label(const struct filter *f, const void *object)
{
        return !match_label(f, object);
}

/* By ID or the start of it, or by name: the registry in front and ":latest" may be left out. */
static bool match_ancestor(const struct filter *f, const void *object)
{
        const struct container *c = object;
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

static bool match_before(const struct filter *f, const void *object)
{
        const struct container *c = object;

        return c->spec.created_ns < f->number;
}

static bool match_since(const struct filter *f, const void *object)
{
        const struct container *c = object;

        return c->spec.created_ns > f->number;
}

/* SOURCE, TARGET or SOURCE:TARGET; a volume's source is its name */
static bool match_volume(const struct filter *f, const void *object)
{
        const struct container *c = object;

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

static bool match_network(const struct filter *f, const void *object)
{
        static const char *const names[] = { [NETWORK_NONE] = "none",
                                             [NETWORK_HOST] = "host",
                                             [NETWORK_SLIRP4NETNS] = "slirp4netns",
                                             [NETWORK_JOIN] = "" };
        const struct container *c = object;

        return strcmp(f->value, c->spec.netns ? c->spec.netns : names[c->spec.network]) == 0;
}

static const struct filter_kind kinds[] = {
        { .key = "id", .match = match_id, .prepare = filter_pattern },
        { .key = "name", .match = match_name, .prepare = prepare_name },
        { .key = "status", .match = match_status, .prepare = prepare_status },
        { .key = "exited", .match = match_exited, .prepare = prepare_exit_code },
        { .key = "label", .match = match_label, .all = true },
        { .key = "label!", .match = match_no_label, .all = true },
        { .key = "ancestor", .match = match_ancestor },
        { .key = "before", .match = match_before, .prepare = prepare_container },
        { .key = "since", .match = match_since, .prepare = prepare_container },
        { .key = "until", .match = match_before, .prepare = filter_time },
        { .key = "volume", .match = match_volume },
        { .key = "network", .match = match_network },
        { .key = "command", .match = match_command, .prepare = filter_pattern },
        { .key = "health", .match = match_health, .prepare = prepare_health },
        { .key = "pod", .match = match_pod, .prepare = prepare_pod },
        { .key = "restart-policy", .match = match_policy, .prepare = prepare_policy },
        { .key = "should-start-on-boot", .match = match_boot, .prepare = filter_bool },
        { 0 },
};

static const struct filter_table table = { .kinds = kinds,
                                           .unknown = "filter \"%s\" is not supported" };

int container_filters_init(const struct strv *words, const struct store *store,
                           const struct container_list *list, struct filters *filters_out,
                           struct error *err)
{
        struct world world = { .store = store, .list = list };

        return filters_init(&table, words, &world, filters_out, err);
}

bool container_filters_match(const struct filters *filters, const struct container *container)
{
        return filters_match(filters, container);
}

bool container_filters_ask_state(const struct filters *filters)
{
        return filters_have(filters, "status") || filters_have(filters, "exited");
}
