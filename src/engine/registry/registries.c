/* registries.conf. See registries.h. Drop-ins are merged as JSON: lists and modes replace,
 * registries replace the one with the same prefix, aliases replace one by one. */
#include "engine/registry/registries.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/toml.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

struct registries {
        struct strv search, helpers;
        bool search_set, enforcing;
        json_t *registries; /* array of [[registry]], each with "file" added */
        json_t *aliases;
};

void registries_free(struct registries *r)
{
        if (!r)
                return;
        strv_release(&r->search);
        strv_release(&r->helpers);
        json_decref(r->registries);
        json_decref(r->aliases);
        free(r);
}

static int wrong(const char *file, const char *key, const char *wanted, struct error *err)
{
        return error_set(err, ERROR_INVALID, "%s: %s is not %s", file, key, wanted);
}

static int take_strings(const json_t *json, const char *key, const char *file, struct strv *out,
                        bool *set, struct error *err)
{
        const json_t *list = json_object_get(json, key);
        size_t i;
        json_t *entry;

        if (!list)
                return 0;
        if (!json_is_array(list))
                return wrong(file, key, "a list of strings", err);
        json_array_foreach (list, i, entry)
                if (!json_is_string(entry))
                        return wrong(file, key, "a list of strings", err);
        strv_release(out);
        json_to_strv(list, out);
        if (set)
                *set = true;
        return 0;
}

static int check_type(const json_t *json, const char *key, bool is_bool, const char *file,
                      struct error *err)
{
        const json_t *value = json_object_get(json, key);

        if (!value || (is_bool ? json_is_boolean(value) : json_is_string(value)))
                return 0;
        return wrong(file, key, is_bool ? "true or false" : "a string", err);
}

/* Of [[registry]] and [[registry.mirror]] alike. */
static int check_registry(const json_t *json, const char *file, struct error *err)
{
        static const char *const strings[] = { "prefix", "location", "pull-from-mirror" };
        static const char *const bools[] = { "insecure", "blocked", "mirror-by-digest-only" };
        size_t i;
        json_t *mirror;

        if (!json_is_object(json))
                return wrong(file, "registry", "a table", err);
        for (i = 0; i < ARRAY_SIZE(strings); i++)
                if (check_type(json, strings[i], false, file, err) < 0)
                        return -1;
        for (i = 0; i < ARRAY_SIZE(bools); i++)
                if (check_type(json, bools[i], true, file, err) < 0)
                        return -1;
        json_array_foreach (json_object_get(json, "mirror"), i, mirror)
                if (check_registry(mirror, file, err) < 0)
                        return -1;
        return 0;
}

static const char *prefix_of(const json_t *registry)
{
        const char *prefix = json_get_string(registry, "prefix", "");

        return prefix[0] ? prefix : json_get_string(registry, "location", "");
}

static int take_registries(struct registries *r, const json_t *json, const char *file,
                           struct error *err)
{
        size_t i;
        json_t *registry;

        json_array_foreach (json_object_get(json, "registry"), i, registry) {
                if (check_registry(registry, file, err) < 0)
                        return -1;
                if (!prefix_of(registry)[0])
                        return error_set(err, ERROR_INVALID,
                                         "%s: a [[registry]] has neither prefix nor location",
                                         file);
                for (size_t old = json_array_size(r->registries); old-- > 0;)
                        if (strcmp(prefix_of(json_array_get(r->registries, old)),
                                   prefix_of(registry)) == 0)
                                json_array_remove(r->registries, old);
                json_object_set_new(registry, "file", json_string_any(file));
                json_array_append(r->registries, registry);
        }
        return 0;
}

static int take_aliases(struct registries *r, const json_t *json, const char *file,
                        struct error *err)
{
        json_t *aliases = json_object_get(json, "aliases");
        const char *name;
        json_t *value;

        json_object_foreach (aliases, name, value) {
                if (!json_is_string(value))
                        return wrong(file, name, "a string", err);
                json_object_set(r->aliases, name, value); /* "" takes one away */
        }
        return 0;
}

static int take_file(struct registries *r, const char *file, struct error *err)
{
        AUTO_JSON json_t *json = NULL;
        struct error why = { 0 };
        const char *mode;

        if (toml_read_file(file, &json, &why) < 0)
                return why.sys == ENOENT ? 0 : error_copy(err, &why);
        log_debug("registries: %s", file);
        if (take_strings(json, "unqualified-search-registries", file, &r->search, &r->search_set,
                         err) < 0 ||
            take_strings(json, "credential-helpers", file, &r->helpers, NULL, err) < 0 ||
            take_registries(r, json, file, err) < 0 || take_aliases(r, json, file, err) < 0)
                return -1;
        mode = json_get_string(json, "short-name-mode", NULL);
        if (mode && strcmp(mode, "enforcing") != 0 && strcmp(mode, "permissive") != 0 &&
            strcmp(mode, "disabled") != 0)
                return wrong(file, "short-name-mode", "enforcing, permissive or disabled", err);
        if (mode)
                r->enforcing = strcmp(mode, "enforcing") == 0;
        return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_conf(const struct dirent *entry)
{
        size_t len = strlen(entry->d_name);

        return len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0;
}

static int take_dir(struct registries *r, const char *dir, struct error *err)
{
        struct dirent **entries;
        int count = scandir(dir, &entries, is_conf, by_name), rc = 0;

        for (int i = 0; i < count; i++) {
                AUTO_FREE char *file = path_join(dir, entries[i]->d_name);

                if (rc == 0)
                        rc = take_file(r, file, err);
                free(entries[i]);
        }
        if (count >= 0)
                free(entries);
        return rc;
}

static int take_all(struct registries *r, struct error *err)
{
        const char *chosen = getenv("CONTAINERS_REGISTRIES_CONF");
        const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
        AUTO_FREE char *own = path_in_config("containers/registries.conf");
        AUTO_FREE char *own_dir = path_in_config("containers/registries.conf.d");
        AUTO_FREE char *learned =
                cache && cache[0] == '/' ? path_join(cache, "containers/short-name-aliases.conf")
                : home ? path_join(home, ".cache/containers/short-name-aliases.conf")
                       : NULL;

        if (chosen && chosen[0] && access(chosen, F_OK) < 0)
                return error_sys(err, errno, "open %s (CONTAINERS_REGISTRIES_CONF)", chosen);
        if (take_file(r,
                      chosen && chosen[0]             ? chosen
                      : own && access(own, F_OK) == 0 ? own
                                                      : "/etc/containers/registries.conf",
                      err) < 0 ||
            take_dir(r, "/etc/containers/registries.conf.d", err) < 0 ||
            (own_dir && take_dir(r, own_dir, err) < 0))
                return -1;
        return learned ? take_file(r, learned, err) : 0;
}

int registries_load(struct registries **registries_out, struct error *err)
{
        struct registries *r = xcalloc(1, sizeof(*r));

        r->registries = json_array();
        r->aliases = json_object();
        if (take_all(r, err) < 0) {
                registries_free(r);
                return -1;
        }
        *registries_out = r;
        return 0;
}

const struct strv *registries_search(const struct registries *registries)
{
        return &registries->search;
}

const struct strv *registries_helpers(const struct registries *registries)
{
        return &registries->helpers;
}

/* docker.io's official images live under library/. */
static void add_repository(const char *registry, const char *path, struct strv *out)
{
        bool official = strcmp(registry, "docker.io") == 0 && !strchr(path, '/');

        strv_addf(out, "%s/%s%s", registry, official ? "library/" : "", path);
}

int registries_complete(const struct registries *r, const char *short_path,
                        struct strv *repositories_out, struct error *err)
{
        const char *alias = json_get_string(r->aliases, short_path, "");
        AUTO(strbuf) names = { .max = 400 };

        if (alias[0]) {
                strv_add(repositories_out, alias);
                return 0;
        }
        if (!r->search_set || r->search.count == 0) {
                add_repository("docker.io", short_path, repositories_out);
                return 0;
        }
        for (size_t i = 0; i < r->search.count; i++) {
                add_repository(r->search.items[i], short_path, repositories_out);
                strbuf_addf(&names, "%s%s/%s", i ? ", " : "", r->search.items[i], short_path);
        }
        if (!r->enforcing || r->search.count == 1)
                return 0;
        error_set(
                err, ERROR_USAGE,
                "the short name \"%s\" stands for several images, and short-name-mode is enforcing",
                short_path);
        return error_cure(err, "use one of the full names: %s", names.data);
}

/* How much of the reference the prefix covers; 0: it does not match. */
static size_t match(const char *prefix, const char *reference)
{
        size_t len = strlen(prefix), host = strcspn(reference, "/");

        if (strncmp(prefix, "*.", 2) == 0) {
                size_t tail = len - 1, bare = strcspn(reference, "/:");

                /* Sub-domains of the host, with or without its port. */
                if (bare > tail && strncmp(reference + bare - tail, prefix + 1, tail) == 0)
                        return bare;
                return host > tail && strncmp(reference + host - tail, prefix + 1, tail) == 0 ? host
                                                                                              : 0;
        }
        if (strncmp(prefix, reference, len) != 0)
                return 0;
        return reference[len] == '\0' || strchr("/:@", reference[len]) ? len : 0;
}

static const json_t *find_registry(const struct registries *r, const char *reference,
                                   size_t *covered)
{
        const json_t *best = NULL;
        size_t longest = 0, i;
        json_t *registry;

        json_array_foreach (r->registries, i, registry) {
                const char *prefix = prefix_of(registry);
                size_t len = match(prefix, reference);

                /* Among wildcards the longer one says more. */
                if (len > 0 && (strncmp(prefix, "*.", 2) == 0 ? strlen(prefix) : len) > longest) {
                        longest = strncmp(prefix, "*.", 2) == 0 ? strlen(prefix) : len;
                        *covered = len;
                        best = registry;
                }
        }
        return best;
}

/* The repository of "location + rest of the reference", without tag and digest. */
static int add_endpoint(const char *location, const char *rest, bool insecure, bool mirror,
                        struct registry_endpoints *out, struct error *err)
{
        AUTO_FREE char *whole = xasprintf("%s%s", location, rest);
        char *at = strchr(whole, '@'), *slash, *colon;

        if (at)
                *at = '\0';
        slash = strrchr(whole, '/');
        colon = slash ? strchr(slash, ':') : NULL;
        if (colon)
                *colon = '\0';
        slash = strchr(whole, '/');
        if (!slash || slash == whole || !slash[1])
                return error_set(err, ERROR_INVALID,
                                 "the location \"%s\" in registries.conf gives no repository",
                                 location);
        out->items = xreallocarray(out->items, out->count + 1, sizeof(*out->items));
        out->items[out->count++] =
                (struct registry_endpoint){ .registry = xstrndup(whole, (size_t)(slash - whole)),
                                            .path = xstrdup(slash + 1),
                                            .insecure = insecure,
                                            .mirror = mirror };
        return 0;
}

static bool mirror_applies(const json_t *registry, const json_t *mirror, bool by_digest)
{
        const char *from = json_get_string(mirror, "pull-from-mirror", "all");

        if (json_get_bool(registry, "mirror-by-digest-only", false))
                return by_digest;
        if (strcmp(from, "digest-only") == 0)
                return by_digest;
        return strcmp(from, "tag-only") != 0 || !by_digest;
}

static int add_mirrors(const json_t *registry, const char *rest, bool by_digest,
                       struct registry_endpoints *out, struct error *err)
{
        size_t i;
        json_t *mirror;

        json_array_foreach (json_object_get(registry, "mirror"), i, mirror)
                if (mirror_applies(registry, mirror, by_digest) &&
                    add_endpoint(json_get_string(mirror, "location", ""), rest,
                                 json_get_bool(mirror, "insecure", false), true, out, err) < 0)
                        return -1;
        return 0;
}

int registries_endpoints(const struct registries *r, const char *reference, bool mirrors,
                         struct registry_endpoints *endpoints_out, struct error *err)
{
        AUTO(registry_endpoints) endpoints = { 0 };
        size_t covered = 0;
        const json_t *registry = find_registry(r, reference, &covered);
        const char *location = json_get_string(registry, "location", "");
        AUTO_FREE char *same = xstrndup(reference, covered);
        bool by_digest = strchr(reference, '@') != NULL;

        if (json_get_bool(registry, "blocked", false))
                return error_set(err, ERROR_DENIED, "%s is blocked by %s", reference,
                                 json_get_string(registry, "file", "registries.conf"));
        if (mirrors && add_mirrors(registry, reference + covered, by_digest, &endpoints, err) < 0)
                return -1;
        if (add_endpoint(location[0] ? location : same, reference + covered,
                         json_get_bool(registry, "insecure", false), false, &endpoints, err) < 0)
                return -1;
        *endpoints_out = endpoints;
        endpoints = (struct registry_endpoints){ 0 };
        return 0;
}

void registry_endpoints_release(struct registry_endpoints *endpoints)
{
        for (size_t i = 0; i < endpoints->count; i++) {
                free(endpoints->items[i].registry);
                free(endpoints->items[i].path);
        }
        free(endpoints->items);
        *endpoints = (struct registry_endpoints){ 0 };
}
