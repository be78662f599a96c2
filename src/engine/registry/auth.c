/* Credentials for registries. See auth.h. */
#include "engine/registry/auth.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/spawn.h"
#include "engine/registry/registries.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

void credentials_release(struct credentials *credentials)
{
        if (credentials->password)
                explicit_bzero(credentials->password, strlen(credentials->password));
        free(credentials->user);
        free(credentials->password);
        free(credentials->source);
        *credentials = (struct credentials){ 0 };
}

int credentials_parse(const char *text, const char *source, struct credentials *credentials_out,
                      struct error *err)
{
        const char *colon = strchr(text, ':');

        if (!colon || colon == text)
                return error_set(err, ERROR_USAGE, "credentials are not USER:PASSWORD");
        credentials_out->user = xstrndup(text, (size_t)(colon - text));
        credentials_out->password = xstrdup(colon + 1);
        credentials_out->source = xstrdup(source);
        return 0;
}

/* Keys may be written as "https://index.docker.io/v1/"; compare host and path only. */
static const char *bare_key(const char *key)
{
        const char *scheme = strstr(key, "://");

        return scheme ? scheme + 3 : key;
}

/* How much of "registry/path" the key covers: 0 is not at all. */
static size_t key_match(const char *key, const char *name)
{
        const char *bare = bare_key(key);
        size_t len = strlen(bare);

        while (len > 0 && bare[len - 1] == '/')
                len--;
        if (bare != key) /* docker's URLs: only the host counts */
                len = strcspn(bare, "/");
        if (strncmp(name, "docker.io/", 10) == 0 && len == 15 &&
            strncmp(bare, "index.docker.io", 15) == 0)
                return 9;
        if (strncmp(bare, name, len) != 0 || (name[len] != '/' && name[len] != '\0'))
                return 0;
        return len;
}

static const json_t *best_entry(const json_t *map, const char *name, const char **key_out)
{
        const json_t *best = NULL;
        size_t longest = 0;
        const char *key;
        json_t *value;

        json_object_foreach ((json_t *)(uintptr_t)map, key, value) {
                size_t len = key_match(key, name);

                if (len > longest) {
                        longest = len;
                        best = value;
                        *key_out = key;
                }
        }
        return best;
}

/* docker-credential-NAME get: the server's name on stdin, JSON on stdout. */
int credentials_ask_helper(const char *helper, const char *server, struct credentials *out,
                           struct error *err)
{
        AUTO_FREE char *program = xasprintf("docker-credential-%s", helper);
        const char *argv[] = { program, "get", NULL };
        AUTO_FREE char *answer = NULL;
        AUTO_JSON json_t *json = NULL;
        const char *user, *secret;
        int code = spawn_capture(argv, server, LIMIT_TOKEN, &answer, NULL, err);

        if (code < 0)
                return error_context(err, "credential helper");
        if (code != 0)
                return 0; /* it has none for this server */
        if (json_parse(answer, strlen(answer), program, &json, err) < 0)
                return -1;
        user = json_get_string(json, "Username", NULL);
        secret = json_get_string(json, "Secret", NULL);
        if (user && secret) {
                out->user = xstrdup(user);
                out->password = xstrdup(secret);
                out->source = take_ptr(program);
        }
        return 0;
}

void auth_trace_release(struct auth_trace *trace)
{
        for (size_t i = 0; i < trace->count; i++) {
                free(trace->items[i].place);
                free(trace->items[i].found);
        }
        free(trace->items);
        *trace = (struct auth_trace){ 0 };
}

static void trace_place(struct auth_trace *trace, const char *place, char *found)
{
        if (!trace) {
                free(found);
                return;
        }
        trace->items = xreallocarray(trace->items, trace->count + 1, sizeof(*trace->items));
        trace->items[trace->count++] =
                (struct auth_place){ .place = xstrdup(place), .found = found };
}

static int from_helper(const char *helper, const char *file, const char *registry,
                       struct credentials *out, struct auth_trace *trace, struct error *err)
{
        int rc = credentials_ask_helper(helper, registry, out, err);

        trace_place(trace, file,
                    xasprintf("helper docker-credential-%s %s", helper,
                              rc < 0      ? "failed"
                              : out->user ? "has an entry"
                                          : "has no entry"));
        return rc;
}

static int from_json(const json_t *json, const char *file, const char *registry, const char *name,
                     struct credentials *out, struct auth_trace *trace, struct error *err)
{
        const char *key = NULL;
        const char *helper =
                json_string_value(best_entry(json_object_get(json, "credHelpers"), name, &key));
        const json_t *entry = best_entry(json_object_get(json, "auths"), name, &key);
        const char *auth = json_get_string(entry, "auth", NULL);
        AUTO_FREE char *plain = auth ? base64_decode(auth, NULL) : NULL;

        if (helper)
                return from_helper(helper, file, registry, out, trace, err);
        if (auth && (!plain || !strchr(plain, ':')))
                return error_set(err, ERROR_INVALID, "%s: the credentials for %s are damaged", file,
                                 key);
        if (plain && plain[0]) {
                trace_place(trace, file, xasprintf("entry for %s", key));
                return credentials_parse(plain, file, out, err);
        }
        helper = json_get_string(json, "credsStore", NULL);
        if (helper)
                return from_helper(helper, file, registry, out, trace, err);
        trace_place(trace, file, xstrdup("no entry"));
        return 0;
}

static int from_file(const char *file, bool must_exist, const char *registry, const char *name,
                     struct credentials *out, struct auth_trace *trace, struct error *err)
{
        AUTO_JSON json_t *json = NULL;
        struct error why = { 0 };

        if (json_read_file(AT_FDCWD, file, LIMIT_AUTH_FILE, &json, &why) < 0) {
                trace_place(trace, file,
                            xstrdup(why.sys == ENOENT ? "no such file" : "cannot be read"));
                return why.sys == ENOENT && !must_exist ? 0 : error_copy(err, &why);
        }
        return from_json(json, file, registry, name, out, trace, err);
}

static void add_place(struct strv *files, const char *variable, const char *rest)
{
        const char *dir = getenv(variable);
        AUTO_FREE char *file = dir && dir[0] ? xasprintf("%s%s", dir, rest) : NULL;

        if (file && !strv_contains(files, file))
                strv_add(files, file);
}

void credentials_files(const char *authfile, struct strv *files)
{
        if (!authfile)
                authfile = getenv("REGISTRY_AUTH_FILE");
        if (authfile && authfile[0]) {
                strv_add(files, authfile);
                return;
        }
        add_place(files, "XDG_RUNTIME_DIR", "/containers/auth.json");
        add_place(files, "XDG_CONFIG_HOME", "/containers/auth.json");
        add_place(files, "HOME", "/.config/containers/auth.json");
        add_place(files, "DOCKER_CONFIG", "/config.json");
        add_place(files, "HOME", "/.docker/config.json");
}

static int from_files(const char *registry, const char *name, const char *authfile,
                      struct credentials *out, struct auth_trace *trace, struct error *err)
{
        AUTO(strv) files = { 0 };
        bool chosen = authfile || (getenv("REGISTRY_AUTH_FILE") && *getenv("REGISTRY_AUTH_FILE"));

        credentials_files(authfile, &files);
        for (size_t i = 0; i < files.count && !out->user; i++)
                if (from_file(files.items[i], chosen, registry, name, out, trace, err) < 0)
                        return -1;
        return 0;
}

/* registries.conf's credential-helpers, of which "containers-auth.json" means the files. */
int credentials_find(const char *registry, const char *path, const char *authfile,
                     struct credentials *credentials_out, struct auth_trace *trace,
                     struct error *err)
{
        AUTO_FREE char *name = path[0] ? path_join(registry, path) : xstrdup(registry);
        struct registries *registries;
        const struct strv *helpers;
        bool files = false;
        int rc = 0;

        *credentials_out = (struct credentials){ 0 };
        if (registries_load(&registries, err) < 0)
                return -1;
        helpers = registries_helpers(registries);
        for (size_t i = 0; i < helpers->count && rc == 0 && !credentials_out->user; i++) {
                if (strcmp(helpers->items[i], "containers-auth.json") == 0) {
                        files = true;
                        rc = from_files(registry, name, authfile, credentials_out, trace, err);
                } else {
                        rc = from_helper(helpers->items[i], "registries.conf", registry,
                                         credentials_out, trace, err);
                }
        }
        if (rc == 0 && !files && !credentials_out->user)
                rc = from_files(registry, name, authfile, credentials_out, trace, err);
        registries_free(registries);
        return rc;
}

/* One key="value" pair behind *text; false at the end or when malformed. */
static bool next_pair(const char **text, char *key, size_t key_size, char *value, size_t value_size)
{
        const char *p = *text + strspn(*text, " \t,");
        size_t len = strcspn(p, "= \t,"), used = 0;
        bool quoted;

        if (len == 0 || len >= key_size || p[len] != '=')
                return false;
        memcpy(key, p, len);
        key[len] = '\0';
        p += len + 1;
        quoted = *p == '"';
        p += quoted;
        while (*p && (quoted ? *p != '"' : !strchr(" \t,", *p))) {
                if (quoted && *p == '\\' && p[1])
                        p++;
                if (used + 1 >= value_size)
                        return false;
                value[used++] = *p++;
        }
        value[used] = '\0';
        if (quoted && *p != '"')
                return false;
        *text = p + quoted;
        return true;
}

bool challenge_parse(const char *header, struct challenge *challenge_out)
{
        struct challenge c = { 0 };
        char key[32], value[512];
        const char *rest;

        if (strncasecmp(header, "Basic", 5) == 0 &&
            (!header[5] || isspace((unsigned char)header[5]))) {
                *challenge_out = c;
                return true;
        }
        if (strncasecmp(header, "Bearer ", 7) != 0)
                return false;
        c.bearer = true;
        rest = header + 7;
        while (next_pair(&rest, key, sizeof(key), value, sizeof(value))) {
                if (strcasecmp(key, "realm") == 0)
                        snprintf(c.realm, sizeof(c.realm), "%s", value);
                else if (strcasecmp(key, "service") == 0)
                        snprintf(c.service, sizeof(c.service), "%.255s", value);
                else if (strcasecmp(key, "scope") == 0)
                        snprintf(c.scope, sizeof(c.scope), "%s", value);
        }
        *challenge_out = c;
        return c.realm[0] != '\0';
}
