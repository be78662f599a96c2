/* Policies. See policy.h; checking one signature is sigstore.c's.
 *
 * The rules of the longest scope that covers the image hold: the full reference, the repository,
 * its parents, the host, "*.domain", the transport's "", the default. All rules of a scope must be
 * satisfied.
 */
#include "engine/image/policy.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/path.h"
#include "engine/image/manifest.h"
#include "engine/image/sigstore.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct policy {
        json_t *json; /* NULL: everything is accepted */
        char *file;
};

void policy_free(struct policy *policy)
{
        if (!policy)
                return;
        json_decref(policy->json);
        free(policy->file);
        free(policy);
}

const json_t *policy_json(const struct policy *policy)
{
        return policy->json;
}

static char *user_file(struct error *err)
{
        char *file = path_in_config("containers/policy.json");

        if (!file)
                error_set(err, ERROR_GENERAL, "HOME is not set: no place for policy.json");
        return file;
}

char *policy_own_file(struct error *err)
{
        return geteuid() == 0 ? xstrdup("/etc/containers/policy.json") : user_file(err);
}

/* The keys that each type of rule may have. */
static const struct {
        const char *type;
        const char *keys[8];
} known[] = {
        { "insecureAcceptAnything", { "type" } },
        { "reject", { "type" } },
        { "sigstoreSigned",
          { "type", "keyPath", "keyPaths", "keyData", "keyDatas", "signedIdentity" } },
        { "signedBy", { "type", "keyType", "keyPath", "keyPaths", "keyData", "signedIdentity" } },
};

static int check_rule(const json_t *rule, const char *file, struct error *err)
{
        const char *type = json_get_string(rule, "type", ""), *key;
        json_t *value;

        for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
                if (strcmp(known[i].type, type) != 0)
                        continue;
                json_object_foreach ((json_t *)(uintptr_t)rule, key, value) {
                        bool found = false;

                        for (size_t k = 0; k < ARRAY_SIZE(known[i].keys) && known[i].keys[k]; k++)
                                found = found || strcmp(known[i].keys[k], key) == 0;
                        if (!found)
                                return error_set(err, ERROR_INVALID,
                                                 "%s: a rule of type %s has the key \"%s\", which "
                                                 "is not understood",
                                                 file, type, key);
                }
                return 0;
        }
        return error_set(err, ERROR_INVALID, "%s: a rule has the unknown type \"%s\"", file, type);
}

static int check_rules(const json_t *rules, const char *scope, const char *file, struct error *err)
{
        size_t i;
        json_t *rule;

        if (json_array_size(rules) == 0)
                return error_set(err, ERROR_INVALID, "%s: the scope \"%s\" has no rules", file,
                                 scope);
        json_array_foreach (rules, i, rule)
                if (check_rule(rule, file, err) < 0)
                        return -1;
        return 0;
}

static int check_file(const json_t *json, const char *file, struct error *err)
{
        const char *transport, *scope, *key;
        json_t *scopes, *rules, *value;

        json_object_foreach ((json_t *)(uintptr_t)json, key, value)
                if (strcmp(key, "default") != 0 && strcmp(key, "transports") != 0)
                        return error_set(err, ERROR_INVALID, "%s: unknown key \"%s\"", file, key);
        if (check_rules(json_object_get(json, "default"), "default", file, err) < 0)
                return -1;
        json_object_foreach (json_object_get(json, "transports"), transport, scopes)
                json_object_foreach (scopes, scope, rules)
                        if (check_rules(rules, scope, file, err) < 0)
                                return -1;
        return 0;
}

static int read_file(const char *file, bool must_exist, struct policy *policy, struct error *err)
{
        struct error why = { 0 };

        if (json_read_file(AT_FDCWD, file, LIMIT_CONF_FILE, &policy->json, &why) < 0)
                return why.sys == ENOENT && !must_exist ? 0 : error_copy(err, &why);
        policy->file = xstrdup(file);
        return check_file(policy->json, file, err);
}

static int read_usual(struct policy *policy, struct error *err)
{
        AUTO_FREE char *own = user_file(NULL);

        if (own && read_file(own, false, policy, err) < 0)
                return -1;
        if (!policy->json && read_file("/etc/containers/policy.json", false, policy, err) < 0)
                return -1;
        if (!policy->json)
                log_debug("there is no policy.json: every image is accepted");
        return 0;
}

int policy_load(const char *file, struct policy **policy_out, struct error *err)
{
        struct policy *policy = xcalloc(1, sizeof(*policy));
        int rc = file ? read_file(file, true, policy, err) : read_usual(policy, err);

        if (rc < 0)
                policy_free(policy);
        else
                *policy_out = policy;
        return rc;
}

/* The next wider scope of a docker reference in place: without its tag or digest, then part by
 * part; false when the host was the last. */
static bool widen(char *scope)
{
        char *at = strchr(scope, '@'), *slash = strrchr(scope, '/');
        char *colon = slash ? strchr(slash, ':') : NULL;

        if (at)
                *at = '\0';
        else if (colon)
                *colon = '\0';
        else if (slash)
                *slash = '\0';
        else
                return false;
        return true;
}

static const json_t *docker_rules(const json_t *scopes, const char *name, const char **scope_out)
{
        AUTO_FREE char *scope = xstrdup(name);
        const json_t *rules;

        do {
                rules = json_object_get(scopes, scope);
                if (rules) {
                        *scope_out = json_object_iter_key(
                                json_object_iter_at((json_t *)(uintptr_t)scopes, scope));
                        return rules;
                }
        } while (widen(scope));
        for (const char *dot = strchr(scope, '.'); dot; dot = strchr(dot + 1, '.')) {
                AUTO_FREE char *wildcard = xasprintf("*%s", dot);

                rules = json_object_get(scopes, wildcard);
                if (rules) {
                        *scope_out = json_object_iter_key(
                                json_object_iter_at((json_t *)(uintptr_t)scopes, wildcard));
                        return rules;
                }
        }
        return NULL;
}

/* A path, and its directories upwards. */
static const json_t *path_rules(const json_t *scopes, const char *name)
{
        AUTO_FREE char *path = path_absolute(name);
        const json_t *rules;
        char *slash;

        while (!(rules = json_object_get(scopes, path)) && (slash = strrchr(path, '/')))
                *slash = '\0';
        return rules;
}

static const json_t *find_rules(const struct policy *policy, const char *transport,
                                const char *name, const char **scope_out)
{
        const json_t *scopes =
                json_object_get(json_object_get(policy->json, "transports"), transport);
        const json_t *rules;

        *scope_out = transport;
        rules = strcmp(transport, "docker") == 0 ? docker_rules(scopes, name, scope_out)
                                                 : path_rules(scopes, name);
        if (!rules)
                rules = json_object_get(scopes, "");
        if (rules)
                return rules;
        *scope_out = "default";
        return json_object_get(policy->json, "default");
}

static int denied(const struct policy *policy, const char *name, const char *scope, const char *why,
                  struct error *err)
{
        return error_set(err, ERROR_DENIED, "%s may not be used: %s (scope \"%s\" of %s)", name,
                         why, scope, policy->file);
}

int policy_check(const struct policy *policy, const char *transport, const char *name,
                 struct source *source, const char *manifest, size_t len, struct error *err)
{
        AUTO_JSON json_t *json = NULL;
        const json_t *rules;
        const char *scope;
        size_t i;
        json_t *rule;

        if (!policy->json)
                return 0;
        rules = find_rules(policy, transport, name, &scope);
        json_array_foreach (rules, i, rule) {
                const char *type = json_get_string(rule, "type", "");
                struct error why = { 0 };

                if (strcmp(type, "insecureAcceptAnything") == 0)
                        continue;
                if (strcmp(type, "reject") == 0)
                        return denied(policy, name, scope, "it is rejected", err);
                if (strcmp(type, "signedBy") == 0)
                        return denied(policy, name, scope,
                                      "its rule wants a GPG signature, which kelp cannot check",
                                      err);
                /* Of an index, the image that is chosen from it carries the signature. */
                if (!json && json_parse(manifest, len, "the manifest", &json, err) < 0)
                        return -1;
                if (!manifest_is_index(json, NULL) &&
                    sigstore_check(rule, name, source, manifest, len, &why) < 0)
                        return denied(policy, name, scope, why.text, err);
        }
        return 0;
}
