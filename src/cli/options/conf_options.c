/* containers.conf(5) as options. See conf_options.h. Which keys are read at all, and which files,
 * is engine/container/containers_conf.h's; docs/containers.conf.md says what became of the others;
 * mounts are conf_mounts.h's.
 */
#include "cli/options/conf_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/opt.h"
#include "engine/container/containers_conf.h"

#include <string.h>

const struct conf_option conf_container[] = {
        { "containers", "annotations", "--annotation=%s", CONF_ADDED },
        { "containers", "apparmor_profile", "--security-opt=apparmor=%s", CONF_ADDED },
        { "containers", "base_hosts_file", "--hosts-file=%s", CONF_ADDED },
        { "containers", "cgroupns", "--cgroupns=%s", CONF_ADDED },
        { "containers", "cgroups", "--cgroups=%s", CONF_ADDED },
        { "containers", "default_ulimits", "--ulimit=%s", CONF_ADDED },
        { "containers", "devices", "--device=%s", CONF_ADDED },
        { "containers", "dns_options", "--dns-option=%s", CONF_REPLACED },
        { "containers", "dns_searches", "--dns-search=%s", CONF_REPLACED },
        { "containers", "dns_servers", "--dns=%s", CONF_REPLACED },
        { "containers", "env", "--env=%s", CONF_ADDED },
        { "containers", "env_host", "--env-host=%s", CONF_ADDED },
        { "containers", "http_proxy", "--http-proxy=%s", CONF_ADDED },
        { "containers", "init", "--init=%s", CONF_ADDED },
        { "containers", "init_path", "--init-path=%s", CONF_ADDED },
        { "containers", "ipcns", "--ipc=%s", CONF_ADDED },
        { "containers", "label", "--security-opt=label=%s", CONF_DISABLES },
        { "containers", "log_driver", "--log-driver=%s", CONF_ADDED },
        { "containers", "log_path", "--log-opt=path=%s", CONF_ADDED },
        { "containers", "log_size_max", "--log-opt=max-size=%s", CONF_SIZE },
        { "containers", "log_tag", "--log-opt=tag=%s", CONF_ADDED },
        { "containers", "netns", "--network=%s", CONF_ADDED },
        { "containers", "no_hosts", "--no-hosts=%s", CONF_ADDED },
        { "containers", "oom_score_adj", "--oom-score-adj=%s", CONF_ADDED },
        { "containers", "pidns", "--pid=%s", CONF_ADDED },
        { "containers", "pids_limit", "--pids-limit=%s", CONF_ADDED },
        { "containers", "privileged", "--privileged=%s", CONF_ADDED },
        { "containers", "read_only", "--read-only=%s", CONF_ADDED },
        { "containers", "seccomp_profile", "--security-opt=seccomp=%s", CONF_ADDED },
        { "containers", "shm_size", "--shm-size=%s", CONF_ADDED },
        { "containers", "tz", "--tz=%s", CONF_ADDED },
        { "containers", "umask", "--umask=%s", CONF_ADDED },
        { "containers", "userns", "--userns=%s", CONF_ADDED },
        { "containers", "utsns", "--uts=%s", CONF_ADDED },
        { "engine", "detach_keys", "--detach-keys=%s", CONF_ADDED },
        { "engine", "image_volume_mode", "--image-volume=%s", CONF_ADDED },
        { "engine", "pull_policy", "--pull=%s", CONF_ADDED },
        { "engine", "retry", "--retry=%s", CONF_ADDED },
        { "engine", "retry_delay", "--retry-delay=%s", CONF_ADDED },
        { "engine", "stop_timeout", "--stop-timeout=%s", CONF_ADDED },
        { 0 },
};

const struct conf_option conf_build[] = {
        { "containers", "default_ulimits", "--ulimit=%s", CONF_ADDED },
        { "containers", "dns_options", "--dns-option=%s", CONF_REPLACED },
        { "containers", "dns_searches", "--dns-search=%s", CONF_REPLACED },
        { "containers", "dns_servers", "--dns=%s", CONF_REPLACED },
        { "containers", "http_proxy", "--http-proxy=%s", CONF_ADDED },
        { "containers", "no_hosts", "--no-hosts=%s", CONF_ADDED },
        { "containers", "seccomp_profile", "--security-opt=seccomp=%s", CONF_ADDED },
        { "containers", "shm_size", "--shm-size=%s", CONF_ADDED },
        { "engine", "retry", "--retry=%s", CONF_ADDED },
        { "engine", "retry_delay", "--retry-delay=%s", CONF_ADDED },
        { 0 },
};

const struct conf_option conf_keys[] = {
        { "engine", "detach_keys", "--detach-keys=%s", CONF_ADDED },
        { 0 },
};

const struct conf_option conf_transfer[] = {
        { "engine", "compression_level", "--compression-level=%s", CONF_ADDED },
        { "engine", "retry", "--retry=%s", CONF_ADDED },
        { "engine", "retry_delay", "--retry-delay=%s", CONF_ADDED },
        { 0 },
};

static bool is_named(const struct conf_option *c, const char *option)
{
        const char *name = c->format + strlen("--");
        size_t len = strcspn(name, "=");

        return strlen(option) == len && strncmp(option, name, len) == 0;
}

static const struct opt *option_of(const struct conf_option *c, const struct opt *options)
{
        for (const struct opt *o = options; o->name; o++)
                if (is_named(c, o->name))
                        return o->type == OPT_TYPE_REFUSED ? NULL : o;
        return NULL;
}

/* What stands in the delivered files as a comment, the default, may be written down too: ""
 * is no choice, nor is what the key's kind excepts. */
static char *word_of(const struct conf_option *c, const json_t *value)
{
        AUTO_FREE char *text = NULL;

        if (json_is_string(value))
                text = xstrdup(json_string_value(value));
        else if (json_is_boolean(value))
                text = xstrdup(json_is_true(value) ? "true" : "false");
        else if (json_is_integer(value))
                text = xasprintf("%lld", (long long)json_integer_value(value));
        if (!text || !text[0] || (c->kind == CONF_SIZE && text[0] == '-'))
                return NULL;
        if (c->kind == CONF_DISABLES)
                return strcmp(text, "false") == 0 ? xasprintf(c->format, "disable") : NULL;
        return xasprintf(c->format, text);
}

char *conf_options_value(const struct conf_option *conf, const struct opt *option)
{
        const json_t *whole = conf && option->type != OPT_TYPE_LIST ? containers_conf(NULL) : NULL;
        char *value = NULL;

        for (const struct conf_option *c = conf; whole && !value && c->key; c++) {
                const json_t *set = json_object_get(json_object_get(whole, c->table), c->key);
                AUTO_FREE char *word = set && is_named(c, option->name) ? word_of(c, set) : NULL;

                value = word ? xstrdup(strchr(word, '=') + 1) : NULL;
        }
        return value;
}

static int wrong_type(const struct conf_option *c, struct error *err)
{
        return error_set(err, ERROR_USAGE, "containers.conf: %s in [%s] has the wrong type", c->key,
                         c->table);
}

/* The words of one key, behind those that are there. */
static int add_words(const struct conf_option *c, const struct opt *option, const json_t *value,
                     struct strv *words, struct error *err)
{
        bool list = json_is_array(value);
        size_t count = list ? json_array_size(value) : 1;

        if (json_is_object(value) || json_is_real(value) || (list && option->type != OPT_TYPE_LIST))
                return wrong_type(c, err);
        for (size_t i = 0; i < count; i++) {
                const json_t *item = list ? json_array_get(value, i) : value;
                char *word = word_of(c, item);

                if (list && !json_is_string(item))
                        return free(word), wrong_type(c, err);
                if (word)
                        strv_take(words, word);
        }
        return 0;
}

int conf_options_parse(const struct conf_option *conf, const struct opt *options, void *args,
                       struct strv *words, struct error *err)
{
        const json_t *whole = containers_conf(err);

        if (!whole)
                return -1;
        for (const struct conf_option *c = conf; c->key; c++) {
                const json_t *value = json_object_get(json_object_get(whole, c->table), c->key);
                const struct opt *option = value ? option_of(c, options) : NULL;
                size_t before = words->count;

                if (!option)
                        continue;
                if (add_words(c, option, value, words, err) < 0)
                        return -1;
                if (words->count > before && opt_parse(options, false, (int)(words->count - before),
                                                       words->items + before, args, err) < 0)
                        return error_context(err, "containers.conf, %s", c->key);
        }
        return 0;
}

void conf_options_settle(const struct conf_option *conf, const struct opt *options, void *args,
                         const struct strv *words)
{
        for (const struct conf_option *c = conf; words->count > 0 && c->key; c++) {
                const struct opt *option = c->kind == CONF_REPLACED ? option_of(c, options) : NULL;
                size_t prefix = strcspn(c->format, "=") + 1, ours = 0;
                struct strv *list;

                if (!option || option->type != OPT_TYPE_LIST)
                        continue;
                list = (struct strv *)(void *)((char *)args + option->offset);
                for (size_t i = 0; i < words->count; i++)
                        ours += strncmp(words->items[i], c->format, prefix) == 0;
                if (ours > 0 && list->count > ours)
                        strv_drop(list, ours);
        }
}

int conf_options_global(struct global_args *global, struct error *err)
{
        const json_t *whole = global->cgroup_manager ? NULL : containers_conf(err);
        const char *name;

        if (global->cgroup_manager)
                return 0;
        if (!whole)
                return -1;
        name = json_get_string(json_object_get(whole, "engine"), "cgroup_manager", NULL);
        if (name && strcmp(name, "systemd") != 0 && strcmp(name, "cgroupfs") != 0)
                return error_set(err, ERROR_USAGE, "containers.conf: unknown cgroup manager \"%s\"",
                                 name);
        global->cgroup_manager = name;
        return 0;
}

const struct strv *conf_options_hooks(const struct global_args *global)
{
        static struct strv dirs; /* for as long as the process lives */
        const json_t *whole = global->hooks_dirs.count ? NULL : containers_conf(NULL);

        if (global->hooks_dirs.count)
                return &global->hooks_dirs;
        if (dirs.count == 0)
                json_to_strv(json_object_get(json_object_get(whole, "engine"), "hooks_dir"), &dirs);
        return &dirs;
}
