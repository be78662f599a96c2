/* What the whole build has: given, automatic and global ARGs. See build_args.h. */
#include "engine/containerfile/build_args.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/containerfile/limits.h"

#include <stdlib.h>
#include <string.h>

void build_args_release(struct build_args *args)
{
        strv_release(&args->given);
        strv_release(&args->automatic);
        strv_release(&args->global);
}

static void add_platform(struct strv *automatic, const char *prefix,
                         const struct platform *platform)
{
        strv_addf(automatic, "%sPLATFORM=%s/%s%s%s", prefix, platform->os, platform->arch,
                  platform->variant[0] ? "/" : "", platform->variant);
        strv_addf(automatic, "%sOS=%s", prefix, platform->os);
        strv_addf(automatic, "%sARCH=%s", prefix, platform->arch);
        strv_addf(automatic, "%sVARIANT=%s", prefix, platform->variant);
}

void build_args_set_platforms(struct build_args *args, const struct platform *target,
                              const struct platform *build)
{
        strv_release(&args->automatic);
        add_platform(&args->automatic, "TARGET", target);
        add_platform(&args->automatic, "BUILD", build);
}

int build_args_give(struct build_args *args, const char *text, struct error *err)
{
        const char *value = strchr(text, '=') ? "" : getenv(text);

        if (!*text || *text == '=')
                return error_set(err, ERROR_USAGE, "--build-arg \"%.100s\" has no name", text);
        if (args->given.count == LIMIT_BUILD_ARGS || strlen(text) > LIMIT_EXPANDED)
                return error_set(err, ERROR_TOO_LARGE,
                                 "--build-arg: too many, or too long a value");
        if (strchr(text, '=')) {
                strv_env_set(&args->given, text);
        } else if (value) {
                AUTO_FREE char *pair = xasprintf("%s=%s", text, value);

                strv_env_set(&args->given, pair);
        }
        return 0;
}

bool build_args_is_proxy(const char *name)
{
        static const char *const proxies[] = {
                "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY",
                "ftp_proxy",  "NO_PROXY",   "no_proxy",    "ALL_PROXY",   "all_proxy",
        };

        for (size_t i = 0; i < ARRAY_SIZE(proxies); i++)
                if (strcmp(proxies[i], name) == 0)
                        return true;
        return false;
}

/* The platform that is built for is not what --build-arg says. */
static const char *given(const struct build_args *args, const char *name)
{
        return strcmp(name, "TARGETPLATFORM") == 0 ? NULL : strv_env_get(&args->given, name);
}

int build_args_resolve(const struct build_args *args, const char *word, char **name_out,
                       const char **value_out, struct error *err)
{
        const char *equals = strchr(word, '=');
        char *name = equals ? xstrndup(word, (size_t)(equals - word)) : xstrdup(word);
        const char *automatic = strv_env_get(&args->automatic, name);

        if (!*name || (equals && (strcmp(name, "TARGETPLATFORM") == 0 ||
                                  strcmp(name, "BUILDPLATFORM") == 0))) {
                error_set(err, ERROR_INVALID,
                          *name ? "ARG %s cannot be given a value" : "ARG%s without a name", name);
                free(name);
                return -1;
        }
        *value_out = given(args, name);
        if (!*value_out)
                *value_out = automatic;
        if (!*value_out && equals)
                *value_out = equals + 1;
        if (!*value_out)
                *value_out = strv_env_get(&args->global, name);
        *name_out = name;
        return 0;
}

static const char *look_up(const void *data, const char *name)
{
        const struct build_args *args = data;
        const char *value = strv_env_get(&args->global, name);

        return value ? value : strv_env_get(&args->automatic, name);
}

struct build_variables build_args_variables(const struct build_args *args)
{
        return (struct build_variables){ .lookup = look_up, .data = args };
}

/* One word of an ARG; each sees those before it. */
static int take_global(struct build_args *args, const char *word, char escape, struct error *err)
{
        struct build_variables variables = build_args_variables(args);
        AUTO_FREE char *expanded = NULL;
        AUTO_FREE char *name = NULL;
        const char *value;

        variables.escape = escape;
        if (build_words_expand(word, &variables, &expanded, err) < 0 ||
            build_args_resolve(args, expanded, &name, &value, err) < 0)
                return -1;
        if (value) {
                AUTO_FREE char *pair = xasprintf("%s=%s", name, value);

                if (args->global.count == LIMIT_BUILD_ARGS)
                        return error_set(err, ERROR_TOO_LARGE, "more than %d ARGs",
                                         LIMIT_BUILD_ARGS);
                strv_env_set(&args->global, pair);
        }
        return 0;
}

int build_args_set_globals(struct build_args *args, const struct containerfile *file,
                           struct error *err)
{
        for (size_t i = 0; i < file->global_count; i++) {
                const struct instruction *arg = &file->globals[i];

                for (size_t w = 0; w < arg->words.count; w++)
                        if (take_global(args, arg->words.items[w], arg->escape, err) < 0)
                                return instruction_context(arg, err);
        }
        return 0;
}

static bool declares(const struct instruction *list, size_t count, const char *name)
{
        size_t len = strlen(name);

        for (size_t i = 0; i < count; i++)
                for (size_t w = 0; list[i].kind == INSTRUCTION_ARG && w < list[i].words.count; w++)
                        if (strcspn(list[i].words.items[w], "=") == len &&
                            strncmp(list[i].words.items[w], name, len) == 0)
                                return true;
        return false;
}

static bool is_used(const struct build_args *args, const struct containerfile *file,
                    const char *name)
{
        bool used = build_args_is_proxy(name) || strv_env_get(&args->automatic, name) ||
                    declares(file->globals, file->global_count, name);

        for (size_t i = 0; !used && i < file->stage_count; i++)
                used = declares(file->stages[i].instructions, file->stages[i].count, name);
        return used;
}

void build_args_unused(const struct build_args *args, const struct containerfile *file,
                       struct strv *names)
{
        for (size_t i = 0; i < args->given.count; i++) {
                const char *pair = args->given.items[i];
                AUTO_FREE char *name = xstrndup(pair, strcspn(pair, "="));

                if (!is_used(args, file, name))
                        strv_add(names, name);
        }
}
