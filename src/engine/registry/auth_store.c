/* Writing credentials. See auth_store.h. */
#include "engine/registry/auth_store.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/spawn.h"

#include <fcntl.h>
#include <string.h>

char *auth_store_file(const char *authfile, const char *compat, struct error *err)
{
        const char *runtime = getenv("XDG_RUNTIME_DIR"), *home = getenv("HOME");

        if (compat && compat[0])
                return xstrdup(compat);
        if (!authfile)
                authfile = getenv("REGISTRY_AUTH_FILE");
        if (authfile && authfile[0])
                return xstrdup(authfile);
        if (runtime && runtime[0] == '/')
                return path_join(runtime, "containers/auth.json");
        if (home && home[0] == '/')
                return path_join(home, ".config/containers/auth.json");
        error_set(err, ERROR_GENERAL,
                  "neither XDG_RUNTIME_DIR nor HOME is set: no place for the credentials");
        error_cure(err, "name one: --authfile FILE");
        return NULL;
}

static int read_store(const char *file, json_t **json_out, struct error *err)
{
        struct error why = { 0 };

        if (json_read_file(AT_FDCWD, file, LIMIT_AUTH_FILE, json_out, &why) == 0) {
                if (json_is_object(*json_out))
                        return 0;
                json_decref(*json_out);
                return error_set(err, ERROR_INVALID, "%s is not a file of credentials", file);
        }
        if (why.sys != ENOENT)
                return error_copy(err, &why);
        *json_out = json_object();
        return 0;
}

static int write_store(const char *file, const json_t *json, struct error *err)
{
        AUTO_FREE char *dir = xstrdup(file);
        char *slash = strrchr(dir, '/');

        if (slash && slash != dir) {
                *slash = '\0';
                if (path_make_dirs(dir, 0700, err) < 0)
                        return -1;
        }
        return json_write_file(AT_FDCWD, file, json, 0600, err);
}

/* The helper that the file wants for a registry, or NULL. */
static const char *helper_for(const json_t *json, const char *key)
{
        AUTO_FREE char *registry = xstrndup(key, strcspn(key, "/"));

        return json_get_string(json_object_get(json, "credHelpers"), registry,
                               json_get_string(json, "credsStore", NULL));
}

static int run_helper(const char *helper, const char *verb, const char *input, struct error *err)
{
        AUTO_FREE char *program = xasprintf("docker-credential-%s", helper);
        const char *argv[] = { program, verb, NULL };
        AUTO_FREE char *answer = NULL;
        int code = spawn_capture(argv, input, LIMIT_TOKEN, &answer, NULL, err);

        if (code < 0)
                return error_context(err, "credential helper");
        if (code == 0)
                return 0;
        answer[strcspn(answer, "\r\n")] = '\0';
        return error_set(err, ERROR_GENERAL, "%s %s failed with code %d: %.200s", program, verb,
                         code, answer);
}

static int put_in_helper(const char *helper, const char *key, const char *user,
                         const char *password, struct error *err)
{
        AUTO_JSON json_t *json = json_object();
        AUTO_FREE char *text = NULL;

        json_set_string(json, "ServerURL", key);
        json_set_string(json, "Username", user);
        json_set_string(json, "Secret", password);
        text = json_dumps(json, JSON_COMPACT);
        return run_helper(helper, "store", text, err);
}

int auth_store_put(const char *file, const char *key, const char *user, const char *password,
                   struct error *err)
{
        AUTO_JSON json_t *json = NULL;
        AUTO_FREE char *plain = xasprintf("%s:%s", user, password);
        AUTO_FREE char *encoded = base64_encode(plain, strlen(plain));
        const char *helper;
        json_t *auths;

        if (read_store(file, &json, err) < 0)
                return -1;
        helper = helper_for(json, key);
        if (helper)
                return put_in_helper(helper, key, user, password, err);
        auths = json_object_get(json, "auths");
        if (!json_is_object(auths)) {
                auths = json_object();
                json_object_set_new(json, "auths", auths);
        }
        json_object_set_new(auths, key, json_pack("{s:s}", "auth", encoded));
        return write_store(file, json, err);
}

int auth_store_remove(const char *file, const char *key, bool *removed_out, struct error *err)
{
        AUTO_JSON json_t *json = NULL;
        const char *helper;

        if (read_store(file, &json, err) < 0)
                return -1;
        helper = helper_for(json, key);
        if (helper && run_helper(helper, "erase", key, err) < 0)
                return -1;
        *removed_out = json_object_del(json_object_get(json, "auths"), key) == 0;
        if (*removed_out && write_store(file, json, err) < 0)
                return -1;
        *removed_out = *removed_out || helper;
        return 0;
}

int auth_store_clear(const char *file, struct error *err)
{
        AUTO_JSON json_t *json = NULL;

        if (read_store(file, &json, err) < 0)
                return -1;
        json_object_set_new(json, "auths", json_object());
        return write_store(file, json, err);
}
