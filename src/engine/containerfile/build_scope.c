/* What a stage sees. See build_scope.h. */
#include "engine/containerfile/build_scope.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/containerfile/limits.h"

#include <string.h>

void build_scope_release(struct build_scope *scope)
{
        strv_release(&scope->declared);
        strv_release(&scope->names);
        strv_release(&scope->env);
        *scope = (struct build_scope){ 0 };
}

void build_scope_begin(struct build_scope *scope, const struct build_args *args,
                       const struct strv *env, const struct build_scope *base)
{
        build_scope_release(scope);
        scope->args = args;
        if (env)
                strv_extend(&scope->env, env);
        if (base) {
                strv_extend(&scope->declared, &base->declared);
                strv_extend(&scope->names, &base->names);
                scope->size = base->size;
        }
}

static const char *look_up(const void *data, const char *name)
{
        const struct build_scope *scope = data;
        const char *value = strv_env_get(&scope->env, name);

        if (!value)
                value = strv_env_get(&scope->declared, name);
        if (!value && build_args_is_proxy(name))
                value = strv_env_get(&scope->args->given, name);
        return value;
}

struct build_variables build_scope_variables(const struct build_scope *scope)
{
        return (struct build_variables){ .lookup = look_up, .data = scope };
}

/* NAME=value into a list. */
static int put(struct build_scope *scope, struct strv *list, const char *name, const char *value,
               struct error *err)
{
        AUTO_FREE char *pair = xasprintf("%s=%s", name, value);

        scope->size += strlen(pair);
        if (scope->size > LIMIT_SCOPE)
                return error_set(err, ERROR_TOO_LARGE, "ARG and ENV set more than %zu MiB",
                                 LIMIT_SCOPE >> 20);
        strv_env_set(list, pair);
        return 0;
}

static int take_arg(struct build_scope *scope, const struct build_variables *variables,
                    const char *word, struct error *err)
{
        AUTO_FREE char *expanded = NULL;
        AUTO_FREE char *name = NULL;
        const char *value;

        if (build_words_expand(word, variables, &expanded, err) < 0 ||
            build_args_resolve(scope->args, expanded, &name, &value, err) < 0)
                return -1;
        if (scope->names.count == LIMIT_BUILD_ARGS)
                return error_set(err, ERROR_TOO_LARGE, "more than %d ARGs", LIMIT_BUILD_ARGS);
        if (!strv_contains(&scope->names, name))
                strv_add(&scope->names, name);
        return value ? put(scope, &scope->declared, name, value, err) : 0;
}

int build_scope_arg(struct build_scope *scope, const struct instruction *arg, struct error *err)
{
        struct build_variables variables = build_scope_variables(scope);

        variables.escape = arg->escape;
        for (size_t i = 0; i < arg->words.count; i++)
                if (take_arg(scope, &variables, arg->words.items[i], err) < 0)
                        return instruction_context(arg, err);
        return 0;
}

int build_scope_env(struct build_scope *scope, const struct instruction *env, struct error *err)
{
        for (size_t i = 0; i + 1 < env->words.count; i += 2)
                if (put(scope, &scope->env, env->words.items[i], env->words.items[i + 1], err) < 0)
                        return instruction_context(env, err);
        return 0;
}

void build_scope_environment(const struct build_scope *scope, struct strv *environment)
{
        const struct strv *given = &scope->args->given;

        for (size_t i = 0; i < given->count; i++) {
                AUTO_FREE char *name = xstrndup(given->items[i], strcspn(given->items[i], "="));

                if (build_args_is_proxy(name))
                        strv_env_set(environment, given->items[i]);
        }
        for (size_t i = 0; i < scope->declared.count; i++)
                strv_env_set(environment, scope->declared.items[i]);
        for (size_t i = 0; i < scope->env.count; i++)
                strv_env_set(environment, scope->env.items[i]);
}

void build_scope_history(const struct build_scope *scope, struct strv *pairs)
{
        struct strv sorted = { 0 };

        for (size_t i = 0; i < scope->declared.count; i++) {
                const char *pair = scope->declared.items[i];
                AUTO_FREE char *name = xstrndup(pair, strcspn(pair, "="));
                const char *hidden_by = strv_env_get(&scope->env, name);

                if (hidden_by)
                        strv_addf(&sorted, "%s=%s", name, hidden_by);
                else
                        strv_add(&sorted, pair);
        }
        strv_sort(&sorted);
        strv_extend(pairs, &sorted);
        strv_release(&sorted);
}
