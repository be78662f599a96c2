/* containers.conf(5) as options. See conf_options.h. Which keys are read at all, and which files,
 * is engine/container/containers_conf.h's; docs/containers.conf.md says what became of the others.
 */
#include "cli/conf_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/opt.h"
#include "engine/container/containers_conf.h"

#include <string.h>

const struct conf_option conf_container[] = {
        { "containers", "annotations", "--annotation=%s", false },
        { "containers", "apparmor_profile", "--security-opt=apparmor=%s", false },
        { "containers", "base_hosts_file", "--hosts-file=%s", false },
        { "containers", "cgroupns", "--cgroupns=%s", false },
        { "containers", "cgroups", "--cgroups=%s", false },
        { "containers", "default_ulimits", "--ulimit=%s", false },
        { "containers", "devices", "--device=%s", false },
        { "containers", "dns_options", "--dns-option=%s", true },
        { "containers", "dns_searches", "--dns-search=%s", true },
        { "containers", "dns_servers", "--dns=%s", true },
        { "containers", "env", "--env=%s", false },
        { "containers", "env_host", "--env-host=%s", false },
        { "containers", "http_proxy", "--http-proxy=%s", false },
        { "containers", "init", "--init=%s", false },
        { "containers", "init_path", "--init-path=%s", false },
        { "containers", "ipcns", "--ipc=%s", false },
        { "containers", "label", "--security-opt=label=%s", false },
        { "containers", "log_driver", "--log-driver=%s", false },
        { "containers", "log_path", "--log-opt=path=%s", false },
        { "containers", "log_size_max", "--log-opt=max-size=%s", false },
        { "containers", "log_tag", "--log-opt=tag=%s", false },
        { "containers", "mounts", "--mount=%s", false },
        { "containers", "netns", "--network=%s", false },
        { "containers", "no_hosts", "--no-hosts=%s", false },
        { "containers", "oom_score_adj", "--oom-score-adj=%s", false },
        { "containers", "pidns", "--pid=%s", false },
        { "containers", "pids_limit", "--pids-limit=%s", false },
        { "containers", "privileged", "--privileged=%s", false },
        { "containers", "read_only", "--read-only=%s", false },
        { "containers", "seccomp_profile", "--security-opt=seccomp=%s", false },
        { "containers", "shm_size", "--shm-size=%s", false },
        { "containers", "tz", "--tz=%s", false },
        { "containers", "umask", "--umask=%s", false },
        { "containers", "userns", "--userns=%s", false },
        { "containers", "utsns", "--uts=%s", false },
        { "containers", "volumes", "--volume=%s", false },
        { "engine", "detach_keys", "--detach-keys=%s", false },
        { "engine", "image_volume_mode", "--image-volume=%s", false },
        { "engine", "pull_policy", "--pull=%s", false },
        { "engine", "stop_timeout", "--stop-timeout=%s", false },
        { 0 },
};

const struct conf_option conf_keys[] = {
        { "engine", "detach_keys", "--detach-keys=%s", false },
        { 0 },
};

const struct conf_option conf_transfer[] = {
        { "engine", "compression_level", "--compression-level=%s", false },
        { "engine", "retry", "--retry=%s", false },
        { "engine", "retry_delay", "--retry-delay=%s", false },
        { 0 },
};

static const struct opt *option_of(const struct conf_option *c, const struct opt *options)
{
        const char *name = c->format + strlen("--");
        size_t len = strcspn(name, "=");

        for (const struct opt *o = options; o->name; o++)
                if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
                        return o->type == OPT_TYPE_REFUSED ? NULL : o;
        return NULL;
}

/* What stands in the delivered files as a comment, the default, may be written down too: "" and a
 * size of -1 are no choice, nor is label, which only can be taken away. */
static char *word_of(const struct conf_option *c, const json_t *value)
{
        AUTO_FREE char *text = NULL;

        if (json_is_string(value))
                text = xstrdup(json_string_value(value));
        else if (json_is_boolean(value))
                text = xstrdup(json_is_true(value) ? "true" : "false");
        else if (json_is_integer(value))
                text = xasprintf("%lld", (long long)json_integer_value(value));
        if (!text || !text[0] || (strcmp(c->key, "log_size_max") == 0 && text[0] == '-'))
                return NULL;
        if (strcmp(c->key, "label") == 0)
                return strcmp(text, "false") == 0 ? xasprintf(c->format, "disable") : NULL;
        return xasprintf(c->format, text);
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
                const struct opt *option = c->replaced ? option_of(c, options) : NULL;
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
