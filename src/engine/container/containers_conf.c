/* Files of containers.conf(5), each going before the ones above it:
 *
 *     /usr/share/containers/containers.conf
 *     /etc/containers/containers.conf, /etc/containers/containers.conf.d/(name).conf
 *     $XDG_CONFIG_HOME/containers/containers.conf (~/.config), and its containers.conf.d
 *
 * or the one that $CONTAINERS_CONF names; $CONTAINERS_CONF_OVERRIDE goes before all. A list takes
 * the place of the one above unless it says {append=true}.
 *
 * The start of a container waits for this. The files that are delivered say nothing that kelp
 * honours, or what holds anyway (conf_built_in.h): one without a line that says more is not parsed.
 */
#include "engine/container/containers_conf.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/strv.h"
#include "base/toml.h"
#include "engine/container/conf_built_in.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#define CONF_NAME "/containers/containers.conf"

static const char *const keys[] = {
        /* [containers] */
        "annotations",
        "apparmor_profile",
        "base_hosts_file",
        "cgroupns",
        "cgroups",
        "container_name_as_hostname",
        "default_capabilities",
        "default_sysctls",
        "default_ulimits",
        "devices",
        "dns_options",
        "dns_searches",
        "dns_servers",
        "env",
        "env_host",
        "http_proxy",
        "init",
        "init_path",
        "ipcns",
        "label",
        "log_driver",
        "log_path",
        "log_size_max",
        "log_tag",
        "mounts",
        "netns",
        "no_hosts",
        "oom_score_adj",
        "pidns",
        "pids_limit",
        "privileged",
        "read_only",
        "seccomp_profile",
        "shm_size",
        "tz",
        "umask",
        "userns",
        "utsns",
        "volumes",
        /* [engine] */
        "active_service",
        "cgroup_manager",
        "compression_level",
        "detach_keys",
        "hooks_dir",
        "image_volume_mode",
        "infra_image",
        "pod_exit_policy",
        "pull_policy",
        "retry",
        "retry_delay",
        "runtime",
        "stop_timeout",
        "volume_path",
        /* [engine.runtimes] */
        "crun",
        "kata",
        "krun",
        "runc",
        "runsc",
        "youki",
};

/* Is it a key that kelp honours, in whatever table? */
static bool knows(const char *key)
{
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (strcmp(keys[i], key) == 0)
                        return true;
        return false;
}

static void add_drop_ins(struct strv *files, const char *file)
{
        AUTO_FREE char *dir_name = xasprintf("%s.d", file);
        DIR *dir = opendir(dir_name);
        AUTO(strv) found = { 0 };
        struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                if (path_ends_with(entry->d_name, ".conf"))
                        strv_addf(&found, "%s/%s", dir_name, entry->d_name);
        }
        if (dir)
                closedir(dir);
        strv_sort(&found);
        strv_extend(files, &found);
}

static void list_files(struct strv *files)
{
        const char *only = getenv("CONTAINERS_CONF"), *last = getenv("CONTAINERS_CONF_OVERRIDE");
        AUTO_FREE char *own = NULL;

        if (only && only[0]) {
                strv_add(files, only);
        } else {
                strv_add(files, "/usr/share" CONF_NAME);
                strv_add(files, "/etc" CONF_NAME);
                add_drop_ins(files, "/etc" CONF_NAME);
                own = path_in_config(&CONF_NAME[1]);
                if (own) {
                        strv_add(files, own);
                        add_drop_ins(files, own);
                }
        }
        if (last && last[0])
                strv_add(files, last);
}

/* Of "key = value", "table.key = value", "\"key\" = value": the last part of the key, known? An odd
 * quote before the sign is one that a string in a list has before a sign of its own. */
static bool sets_known(const char *line, size_t len, bool any, bool first)
{
        char key[64];
        size_t quotes = 0, start = 0, end = len;

        for (size_t i = 0; i < len; i++) {
                quotes += line[i] == '"' || line[i] == '\'';
                if (line[i] == '.')
                        start = i + 1;
        }
        if (quotes % 2)
                return false;
        while (start < end && strchr(" \t\"'", line[start]))
                start++;
        while (end > start && strchr(" \t\"'", line[end - 1]))
                end--;
        if (end - start >= sizeof(key))
                return false;
        memcpy(key, line + start, end - start);
        key[end - start] = '\0';
        return any || (knows(key) && !(first && conf_built_in_is(key, line + len + 1)));
}

/* Does a line of it set something that is known? A runtime may have any name, so its tables
 * (runtimes, runtimes_flags) count as soon as they have a line, and so do volume_plugins and
 * service_destinations. first: no file before it did; then what is built in is nothing. */
static bool says_something(const char *text, bool first)
{
        bool any = false;

        for (const char *line = text; line && *line; line = strchr(line, '\n')) {
                size_t len;

                line += strspn(line, " \t\r\n");
                if (*line == '[')
                        any = strncmp(line, "[engine.runtimes", 16) == 0 ||
                              strncmp(line, "[engine.service_destinations", 28) == 0 ||
                              strncmp(line, "[engine.volume_plugins]", 23) == 0;
                len = strcspn(line, "=\n");
                if (*line != '#' && *line != '[' && line[len] == '=' &&
                    sets_known(line, len, any, first))
                        return true;
        }
        return false;
}

/* {append=true} is taken away. */
static bool appends(json_t *list)
{
        size_t last = json_array_size(list);
        bool append = last > 0 && json_get_bool(json_array_get(list, last - 1), "append", false);

        if (last > 0 && json_is_object(json_array_get(list, last - 1)))
                json_array_remove(list, last - 1);
        return append;
}

static void merge(json_t *into, json_t *from)
{
        const char *key;
        json_t *value;

        json_object_foreach (from, key, value) {
                json_t *old = json_object_get(into, key);

                if (json_is_object(value) && json_is_object(old))
                        merge(old, value);
                else if (json_is_array(value) && appends(value) && json_is_array(old))
                        json_array_extend(old, value);
                else
                        json_object_set(into, key, value);
        }
}

static int read_file(const char *file, json_t *into, struct error *err)
{
        AUTO_FREE char *text = NULL;
        AUTO_JSON json_t *json = NULL;
        size_t len;
        struct error why = { 0 };
        bool first = json_object_size(into) == 0;

        if (fd_read_file(AT_FDCWD, file, LIMIT_CONF_FILE, &text, &len, &why) < 0)
                return why.sys == ENOENT || why.sys == EACCES || why.sys == ENOTDIR
                               ? 0
                               : error_copy(err, &why);
        if (!says_something(text, first))
                return 0;
        if (toml_parse(text, len, file, &json, err) < 0)
                return -1;
        if (first)
                conf_built_in_add(into);
        merge(into, json);
        return 0;
}

const json_t *containers_conf(struct error *err)
{
        static json_t *whole; /* for as long as the process lives */
        AUTO_JSON json_t *json = NULL;
        AUTO(strv) files = { 0 };

        if (whole)
                return whole;
        json = json_object();
        list_files(&files);
        for (size_t i = 0; i < files.count; i++)
                if (read_file(files.items[i], json, err) < 0)
                        return NULL;
        return whole = take_ptr(json);
}
