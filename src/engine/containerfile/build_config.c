/* Instructions applied to a "config" object: one function for each. See build_config.h. */
#include "engine/containerfile/build_config.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/signal.h"
#include "engine/containerfile/config_healthcheck.h"
#include "engine/image/config_env.h"
#include "engine/network/exposed.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

struct change {
        json_t *config;
        const struct instruction *instruction;
        bool *cmd_set;
        struct error *err;
};

static const char *word(const struct change *change, size_t i)
{
        return change->instruction->words.items[i];
}

/* The member, made when it is not there. */
static json_t *member(json_t *config, const char *key, json_t *fresh)
{
        json_t *old = json_object_get(config, key);

        if (old && json_typeof(old) == json_typeof(fresh))
                json_decref(fresh);
        else
                json_object_set_new(config, key, fresh);
        return json_object_get(config, key);
}

static int no_key(const struct change *change, const char *name)
{
        return error_set(change->err, ERROR_INVALID, "%s: \"%.100s\" is not UTF-8",
                         instruction_name(change->instruction->kind), name);
}

/* Words as they stand, or a line for the shell that SHELL has set. */
static json_t *command(const struct change *change)
{
        json_t *shell = json_object_get(change->config, "Shell");
        json_t *list;

        if (change->instruction->json)
                return json_from_strv(&change->instruction->words);
        list = json_array_size(shell) > 0 ? json_deep_copy(shell)
                                          : json_pack("[s, s]", "/bin/sh", "-c");
        json_array_append_new(list, json_string_any(word(change, 0)));
        return list;
}

/* An empty list is none. */
static void set_command(const struct change *change, const char *key)
{
        if (change->instruction->words.count == 0)
                json_object_del(change->config, key);
        else
                json_object_set_new(change->config, key, command(change));
}

static int set_cmd(const struct change *change)
{
        set_command(change, "Cmd");
        if (change->cmd_set)
                *change->cmd_set = true;
        return 0;
}

static int set_entrypoint(const struct change *change)
{
        set_command(change, "Entrypoint");
        if (change->cmd_set && !*change->cmd_set)
                json_object_del(change->config, "Cmd");
        return 0;
}

static int set_env(const struct change *change)
{
        json_t *env = member(change->config, "Env", json_array());

        for (size_t i = 0; i + 1 < change->instruction->words.count; i += 2) {
                AUTO_FREE char *pair = NULL;

                if (!*word(change, i))
                        return error_set(change->err, ERROR_INVALID, "ENV: a name is empty");
                pair = xasprintf("%s=%s", word(change, i), word(change, i + 1));
                config_env_set(env, pair);
        }
        return 0;
}

static int set_label(const struct change *change)
{
        json_t *labels = member(change->config, "Labels", json_object());

        for (size_t i = 0; i + 1 < change->instruction->words.count; i += 2) {
                if (!*word(change, i))
                        return error_set(change->err, ERROR_INVALID, "LABEL: a name is empty");
                if (json_object_set_new(labels, word(change, i),
                                        json_string_any(word(change, i + 1))) < 0)
                        return no_key(change, word(change, i));
        }
        return 0;
}

static int set_expose(const struct change *change)
{
        json_t *ports = member(change->config, "ExposedPorts", json_object());
        AUTO(strv) list = { 0 };

        for (size_t i = 0; i < change->instruction->words.count; i++)
                if (exposed_add(&list, word(change, i), change->err) < 0) {
                        if (change->err)
                                change->err->kind = ERROR_INVALID;
                        return -1;
                }
        for (size_t i = 0; i < list.count; i++)
                json_object_set_new(ports, list.items[i], json_object());
        return 0;
}

static int set_volume(const struct change *change)
{
        json_t *volumes = member(change->config, "Volumes", json_object());

        for (size_t i = 0; i < change->instruction->words.count; i++) {
                if (!*word(change, i))
                        return error_set(change->err, ERROR_INVALID, "VOLUME: a path is empty");
                if (json_object_set_new(volumes, word(change, i), json_object()) < 0)
                        return no_key(change, word(change, i));
        }
        return 0;
}

static int add_onbuild(const struct change *change)
{
        json_array_append_new(member(change->config, "OnBuild", json_array()),
                              json_string_any(word(change, 0)));
        return 0;
}

static int set_shell(const struct change *change)
{
        json_object_set_new(change->config, "Shell", json_from_strv(&change->instruction->words));
        return 0;
}

static int set_stop_signal(const struct change *change)
{
        int signal;

        if (signal_parse(word(change, 0), &signal, change->err) < 0) {
                if (change->err)
                        change->err->kind = ERROR_INVALID;
                return -1;
        }
        json_set_string(change->config, "StopSignal", word(change, 0));
        return 0;
}

static int set_user(const struct change *change)
{
        json_set_string(change->config, "User", word(change, 0));
        return 0;
}

static int set_workdir(const struct change *change)
{
        const char *now = json_get_string(change->config, "WorkingDir", "");
        AUTO_FREE char *below = xasprintf("/%s/%s", now, word(change, 0));
        AUTO_FREE char *path = path_clean(*word(change, 0) == '/' ? word(change, 0) : below);

        json_set_string(change->config, "WorkingDir", path);
        return 0;
}

static int set_healthcheck(const struct change *change)
{
        return config_healthcheck(change->config, change->instruction, change->err);
}

static int (*const changes[])(const struct change *) = {
        [INSTRUCTION_CMD] = set_cmd,
        [INSTRUCTION_ENTRYPOINT] = set_entrypoint,
        [INSTRUCTION_ENV] = set_env,
        [INSTRUCTION_EXPOSE] = set_expose,
        [INSTRUCTION_HEALTHCHECK] = set_healthcheck,
        [INSTRUCTION_LABEL] = set_label,
        [INSTRUCTION_ONBUILD] = add_onbuild,
        [INSTRUCTION_SHELL] = set_shell,
        [INSTRUCTION_STOPSIGNAL] = set_stop_signal,
        [INSTRUCTION_USER] = set_user,
        [INSTRUCTION_VOLUME] = set_volume,
        [INSTRUCTION_WORKDIR] = set_workdir,
};
static_assert(ARRAY_SIZE(changes) == INSTRUCTION_COUNT, "one for each kind, or NULL");

bool build_config_changes(enum instruction_kind kind)
{
        return changes[kind] != NULL;
}

int build_config_apply(json_t *config, const struct instruction *instruction, bool *cmd_set,
                       struct error *err)
{
        struct change change = {
                .config = config, .instruction = instruction, .cmd_set = cmd_set, .err = err
        };

        if (!changes[instruction->kind] || changes[instruction->kind](&change) == 0)
                return 0;
        return instruction_context(instruction, err);
}
