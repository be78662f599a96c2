/* Options of exec onto the container's `process`. See oci_process.h. */
#include "engine/runtime/oci/oci_process.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "engine/runtime/capability.h"

#include <stdlib.h>
#include <string.h>

static int parse_id(const char *text, const char *what, json_int_t *id_out, struct error *err)
{
        char *end;
        long long id;

        errno = 0;
        id = strtoll(text, &end, 10);
        if (errno || end == text || *end || id < 0 || id >= UINT32_MAX)
                return error_set(err, ERROR_USAGE, "%s \"%s\" is not a number of a %s", what, text,
                                 strcmp(what, "--user") == 0 ? "user or group" : "group");
        *id_out = id;
        return 0;
}

/* "UID" or "UID:GID"; the groups of another user are not known here. */
static int set_user(json_t *process, const char *text, struct error *err)
{
        json_t *user = json_object_get(process, "user");
        const char *colon = strchr(text, ':');
        AUTO_FREE char *uid_text = xstrndup(text, colon ? (size_t)(colon - text) : strlen(text));
        json_int_t uid, gid;

        if (parse_id(uid_text, "--user", &uid, err) < 0 ||
            (colon && parse_id(colon + 1, "--user", &gid, err) < 0))
                return -1;
        if (!user) {
                user = json_object();
                json_object_set_new(process, "user", user);
                json_object_set_new(user, "gid", json_integer(0));
        }
        json_object_set_new(user, "uid", json_integer(uid));
        if (colon)
                json_object_set_new(user, "gid", json_integer(gid));
        return 0;
}

static int add_groups(json_t *process, const struct strv *groups, struct error *err)
{
        json_t *user = json_object_get(process, "user");
        json_t *list = json_object_get(user, "additionalGids");

        if (groups->count == 0 || !user)
                return 0;
        if (!list) {
                list = json_array();
                json_object_set_new(user, "additionalGids", list);
        }
        for (size_t i = 0; i < groups->count; i++) {
                json_int_t gid;

                if (parse_id(groups->items[i], "--additional-gids", &gid, err) < 0)
                        return -1;
                json_array_append_new(list, json_integer(gid));
        }
        return 0;
}

/* What this kernel's and our lists do not have is passed over, as in config.json. */
static uint64_t known_capabilities(const struct strv *names)
{
        uint64_t all = 0, set;

        for (size_t i = 0; i < names->count; i++) {
                struct strv one = { .items = &names->items[i], .count = 1 };
                struct error why = { 0 };

                if (capability_parse_list(&one, &set, &why) == 0)
                        all |= set;
                else
                        log_warn("--cap: %s, continuing", why.text);
        }
        return all;
}

/* Not into those that programs inherit. */
static void add_capabilities(json_t *process, const struct strv *names)
{
        static const char *const sets[] = { "bounding", "effective", "permitted" };
        json_t *capabilities = json_object_get(process, "capabilities");
        struct capability_sets own;
        uint64_t more, now[ARRAY_SIZE(sets)];

        if (names->count == 0)
                return;
        more = known_capabilities(names);
        if (!capabilities) {
                capabilities = json_object();
                json_object_set_new(process, "capabilities", capabilities);
        }
        capability_sets_from_json(capabilities, &own);
        now[0] = own.bounding;
        now[1] = own.effective;
        now[2] = own.permitted;
        for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
                json_object_set_new(capabilities, sets[i], capability_names(now[i] | more));
}

static void set_string(json_t *process, const char *key, const char *value)
{
        if (value)
                json_set_string(process, key, value);
}

static void set_env(json_t *process, const struct strv *more)
{
        AUTO(strv) env = { 0 };

        json_to_strv(json_object_get(process, "env"), &env);
        for (size_t i = 0; i < more->count; i++)
                strv_env_set(&env, more->items[i]);
        json_object_set_new(process, "env", json_from_strv(&env));
}

int oci_process_merge(const json_t *own, const struct oci_exec_request *request,
                      json_t **process_out, struct error *err)
{
        AUTO_JSON json_t *process = json_deep_copy(own);

        if (!json_is_object(process))
                return error_set(err, ERROR_INVALID,
                                 "the container's specification has no process");
        if (request->args->count)
                json_object_set_new(process, "args", json_from_strv(request->args));
        json_object_set_new(process, "terminal", json_boolean(request->terminal));
        if (request->no_new_privileges)
                json_object_set_new(process, "noNewPrivileges", json_true());
        set_string(process, "cwd", request->cwd);
        set_string(process, "apparmorProfile", request->apparmor);
        set_string(process, "selinuxLabel", request->label);
        set_env(process, request->env);
        if ((request->user && set_user(process, request->user, err) < 0) ||
            add_groups(process, request->groups, err) < 0)
                return -1;
        add_capabilities(process, request->capabilities);
        *process_out = take_ptr(process);
        return 0;
}

/* In its own pid namespace the program is process 1; where it is not, it cannot be told. */
void oci_process_listen(struct process_plan *plan, int listen_fds)
{
        AUTO_FREE char *count = xasprintf("LISTEN_FDS=%d", listen_fds);
        const char *names = getenv("LISTEN_FDNAMES");

        if (listen_fds == 0)
                return;
        strv_env_set(&plan->env, count);
        strv_env_set(&plan->env, "LISTEN_PID=1");
        if (names) {
                AUTO_FREE char *assignment = xasprintf("LISTEN_FDNAMES=%s", names);

                strv_env_set(&plan->env, assignment);
        }
}
