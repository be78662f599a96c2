/* What the user said, filled up with the image's configuration (image-spec, config.md). */
#include "engine/container/merge.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "engine/container/create.h"
#include "engine/container/health.h"
#include "engine/container/notify.h"
#include "engine/network/exposed.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static bool is_unset(const struct container_spec *spec, const char *assignment)
{
        AUTO_FREE char *name = xstrndup(assignment, strcspn(assignment, "="));

        return spec->unset_env_all || strv_contains(&spec->unset_env, name);
}

static void set_default(const struct container_spec *spec, struct strv *env, const char *assignment)
{
        if (!is_unset(spec, assignment))
                strv_env_set(env, assignment);
}

/* "a${B}c$D" with the values that are known; what is not is empty. */
static char *expand(const struct strv *env, const char *text)
{
        AUTO(strbuf) out = { 0 };

        while (*text) {
                const char *name = text + 1 + (text[0] == '$' && text[1] == '{');
                size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                          "0123456789");
                AUTO_FREE char *key = xstrndup(name, len);
                const char *value = strv_env_get(env, key);

                if (text[0] != '$' || len == 0 || (text[1] == '{' && name[len] != '}')) {
                        strbuf_addc(&out, *text++);
                        continue;
                }
                strbuf_adds(&out, value ? value : "");
                text = name + len + (text[1] == '{');
        }
        return strbuf_take(&out);
}

/* --http-proxy: what a program behind a proxy has to know, unless all is passed on. */
static void add_proxies(struct container_spec *spec, struct strv *env)
{
        static const char *const names[] = { "http_proxy", "https_proxy", "ftp_proxy", "no_proxy",
                                             "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY" };

        for (size_t i = 0; !spec->no_http_proxy && i < ARRAY_SIZE(names); i++) {
                const char *value = getenv(names[i]);
                AUTO_FREE char *assignment = value ? xasprintf("%s=%s", names[i], value) : NULL;

                if (assignment)
                        set_default(spec, env, assignment);
        }
}

/* --env-host. A socket that nobody is to tell anything is not for the container either. */
static void add_host(const struct container_spec *spec, struct strv *merged)
{
        for (char **own = environ; *own; own++)
                if (strchr(*own, '=') > *own &&
                    !(notify_ignores(spec) && strncmp(*own, "NOTIFY_SOCKET=", 14) == 0))
                        strv_env_set(merged, *own);
}

/* podman's order: its defaults, the caller's (--env-host, --http-proxy), the image's, the user's.
 */
static void merge_env(struct container_spec *spec, const json_t *config)
{
        AUTO_FREE char *manager = xasprintf("container=%s", spec->manager ? spec->manager : "kelp");
        struct strv merged = { 0 };
        AUTO(strv) image = { 0 };

        set_default(spec, &merged, DEFAULT_PATH);
        if (spec->terminal)
                set_default(spec, &merged, "TERM=xterm");
        set_default(spec, &merged, manager);
        if (spec->env_host)
                add_host(spec, &merged);
        else
                add_proxies(spec, &merged);
        json_to_strv(json_object_get(config, "Env"), &image);
        for (size_t i = 0; i < image.count; i++)
                if (strchr(image.items[i], '='))
                        set_default(spec, &merged, image.items[i]);
        for (size_t i = 0; i < spec->env_merge.count; i++) {
                AUTO_FREE char *assignment = expand(&merged, spec->env_merge.items[i]);

                strv_env_set(&merged, assignment);
        }
        for (size_t i = 0; i < spec->env.count; i++)
                strv_env_set(&merged, spec->env.items[i]);
        strv_release(&spec->env);
        spec->env = merged;
}

static void merge_labels(struct container_spec *spec, const json_t *config)
{
        struct strv merged = { 0 };
        const char *key;
        json_t *value;

        json_object_foreach (json_object_get(config, "Labels"), key, value) {
                if (json_is_string(value))
                        strv_addf(&merged, "%s=%s", key, json_string_value(value));
        }
        for (size_t i = 0; i < spec->labels.count; i++)
                strv_env_set(&merged, spec->labels.items[i]);
        strv_release(&spec->labels);
        spec->labels = merged;
}

static void merge_command(struct container_spec *spec, const json_t *config, bool entrypoint_given)
{
        if (!entrypoint_given)
                json_to_strv(json_object_get(config, "Entrypoint"), &spec->entrypoint);
        if (spec->command.count == 0 && !entrypoint_given)
                json_to_strv(json_object_get(config, "Cmd"), &spec->command);
        strv_extend(&spec->args, &spec->entrypoint);
        strv_extend(&spec->args, &spec->command);
}

/* Is the program to be run one that expects to be the first of a system? (podman-run(1),
 * --systemd) */
static bool is_systemd(const struct strv *args)
{
        static const char *const names[] = { "/sbin/init", "/usr/sbin/init",
                                             "/usr/local/sbin/init" };
        bool shell = args->count > 2 && strcmp(args->items[0], "/bin/sh") == 0 &&
                     strcmp(args->items[1], "-c") == 0;
        const char *name = args->count ? args->items[shell ? 2 : 0] : "";
        const char *slash = strrchr(name, '/');

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strcmp(names[i], name) == 0)
                        return true;
        return strcmp(slash ? slash + 1 : name, "systemd") == 0;
}

static bool wants_systemd(const struct container_spec *spec)
{
        const char *mode = spec->systemd ? spec->systemd : "true";

        return strcmp(mode, "always") == 0 ||
               (strcmp(mode, "true") == 0 && is_systemd(&spec->args));
}

static void default_text(char **member, const char *value)
{
        if (!*member)
                *member = xstrdup(value);
}

static int merge_ports(struct container_spec *spec, const json_t *config, struct error *err)
{
        const char *key;
        json_t *value;

        json_object_foreach (json_object_get(config, "ExposedPorts"), key, value) {
                if (exposed_add(&spec->exposed_ports, key, err) < 0)
                        return error_context(err, "image %s", spec->image_name);
        }
        exposed_settle(&spec->exposed_ports);
        return spec->publish_all && spec->network == NETWORK_SLIRP4NETNS
                       ? exposed_publish(spec, err)
                       : 0;
}

static void merge_image(struct container_spec *spec, const struct image *image)
{
        const json_t *config = json_object_get(image->config, "config");
        const char *workdir = json_get_string(config, "WorkingDir", "");

        spec->image_id = xstrdup(image->id);
        spec->image_digest = xstrdup(image->manifest.text);
        default_text(&spec->image_name, image->names.count ? image->names.items[0] : image->id);
        for (size_t i = 0; i < image->layer_count; i++)
                strv_add(&spec->layers, digest_hex(&image->diff_ids[i]));
        if (!spec->workdir) {
                spec->workdir = xstrdup(workdir[0] ? workdir : "/");
                spec->workdir_create = workdir[0] != '\0';
        }
        default_text(&spec->user, json_get_string(config, "User", ""));
        default_text(&spec->stop_signal,
                     json_get_string(config, "StopSignal",
                                     spec->systemd_mode ? "SIGRTMIN+3" : "SIGTERM"));
}

/* podman's: without what a host's name may not have, at most 64 bytes. */
static char *hostname_of_name(struct container_spec *spec, const char *id)
{
        char name[HOST_NAME_MAX + 1];
        size_t len = 0;

        if (!spec->name)
                spec->name = container_make_up_name(id);
        for (const char *p = spec->name; *p && len < sizeof(name) - 1; p++)
                if (*p != '_')
                        name[len++] = *p;
        return len > 0 ? xstrndup(name, len) : xstrndup(id, 12);
}

/* On the host's network the host's, as with podman. */
static char *default_hostname(struct container_spec *spec, const char *id)
{
        char name[HOST_NAME_MAX + 1];

        if ((spec->network == NETWORK_HOST || (spec->utsns && strcmp(spec->utsns, "host") == 0)) &&
            gethostname(name, sizeof(name)) == 0)
                return xstrndup(name, sizeof(name) - 1);
        return spec->name_as_hostname ? hostname_of_name(spec, id) : xstrndup(id, 12);
}

static int check_notify(const struct container_spec *spec, struct error *err)
{
        struct health_config unused;

        if (strcmp(notify_mode(spec), "healthy") != 0 || health_config_of(spec, &unused))
                return 0;
        return error_set(err, ERROR_INVALID,
                         "invalid argument: sdnotify policy \"healthy\" requires a healthcheck to "
                         "be set");
}

int container_spec_merge(struct container_spec *spec, const struct image *image,
                         bool entrypoint_given, const char *id, struct error *err)
{
        const json_t *config = json_object_get(image->config, "config");

        spec->created_ns = clock_now_ns();
        merge_env(spec, config);
        merge_labels(spec, config);
        merge_command(spec, config, entrypoint_given);
        spec->systemd_mode = wants_systemd(spec);
        merge_image(spec, image);
        if (!spec->hostname)
                spec->hostname = default_hostname(spec, id);
        if (spec->init_path && spec->systemd_mode)
                return error_set(err, ERROR_INVALID,
                                 "cannot use container-init binary with systemd");
        if (spec->args.count == 0 && spec->rootfs)
                strv_add(&spec->args, ""); /* podman's: the start fails, with 127 */
        if (spec->args.count == 0)
                return error_set(err, ERROR_INVALID,
                                 "no command or entrypoint provided, and the image %s has none",
                                 spec->image_name);
        if (merge_ports(spec, config, err) < 0 || health_merge(spec, config, err) < 0)
                return -1;
        return check_notify(spec, err);
}
