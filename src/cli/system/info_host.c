/* The host part of kelp info. See info_host.h. */
#include "cli/system/info_host.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/spawn.h"
#include "base/strbuf.h"
#include "cli/output/human.h"
#include "cli/system/probe.h"
#include "engine/container/containers_conf.h"
#include "engine/container/runtime_choice.h"
#include "engine/image/manifest.h"
#include "engine/runtime/capability.h"
#include "engine/runtime/cgroup.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#define VERSION_MAX 4096

static json_t *id_map_json(const struct id_map *map)
{
        json_t *array = json_array();

        for (size_t i = 0; i < map->count; i++)
                json_array_append_new(array, json_pack("{s:I, s:I, s:I}", "container_id",
                                                       (json_int_t)map->ranges[i].inside, "host_id",
                                                       (json_int_t)map->ranges[i].outside, "size",
                                                       (json_int_t)map->ranges[i].count));
        return array;
}

static json_t *program_json(const char *name)
{
        AUTO_FREE char *path = path_find_program(name);
        json_t *json = json_object();

        json_set_string(json, "executable", path);
        json_object_set_new(json, "present", json_boolean(path != NULL));
        return json;
}

/* The value of NAME= in os-release(5). */
static void set_release(json_t *json, const char *key, const struct strv *lines, const char *name)
{
        const char *value = strv_env_get(lines, name);
        size_t len = value ? strlen(value) : 0;
        bool quoted = len >= 2 && (value[0] == '"' || value[0] == '\'');
        AUTO_FREE char *plain = xstrndup(value ? value + quoted : "", quoted ? len - 2 : len);

        json_set_string(json, key, plain);
}

static json_t *distribution_json(void)
{
        AUTO_FREE char *text = NULL;
        AUTO(strv) lines = { 0 };
        json_t *json = json_object();

        if (fd_read_file(AT_FDCWD, "/etc/os-release", LIMIT_CONF_FILE, &text, NULL, NULL) == 0)
                strv_split(&lines, text, '\n');
        set_release(json, "codename", &lines, "VERSION_CODENAME");
        set_release(json, "distribution", &lines, "ID");
        set_release(json, "version", &lines, "VERSION_ID");
        return json;
}

/* What can be handed down to a container. */
static json_t *controllers_json(enum cgroup_manager manager)
{
        AUTO(strv) names = { 0 };

        (void)cgroup_available(manager, getuid(), &names);
        return json_from_strv(&names);
}

static bool file_says(const char *path, const char *yes)
{
        AUTO_FREE char *text = NULL;

        return fd_read_file(AT_FDCWD, path, LIMIT_PROC_FILE, &text, NULL, NULL) == 0 &&
               strncmp(text, yes, strlen(yes)) == 0;
}

static json_t *security_json(const struct userns_plan *plan)
{
        AUTO_JSON json_t *names = capability_names(capability_default());
        AUTO(strbuf) text = { 0 };
        size_t i;
        json_t *name, *json;

        json_array_foreach (names, i, name) {
                strbuf_addf(&text, "%s%s", i ? "," : "", json_string_value(name));
        }
        json = json_object();
        json_object_set_new(
                json, "apparmorEnabled",
                json_boolean(file_says("/sys/module/apparmor/parameters/enabled", "Y")));
        json_set_string(json, "capabilities", text.data);
        json_object_set_new(json, "rootless", json_boolean(plan->rung != USERNS_PRIVILEGED));
        json_object_set_new(json, "seccompEnabled",
                            json_boolean(access("/proc/sys/kernel/seccomp", F_OK) == 0));
        json_object_set_new(json, "selinuxEnabled",
                            json_boolean(access("/sys/fs/selinux/enforce", F_OK) == 0));
        return json;
}

/* What it says of itself, as podman shows it. */
static char *program_version(const char *path)
{
        const char *const argv[] = { path, "--version", NULL };
        char *text = NULL;

        if (spawn_capture(argv, NULL, VERSION_MAX, &text, NULL, NULL) < 0)
                return NULL;
        for (size_t len = strlen(text); len > 0 && text[len - 1] == '\n';)
                text[--len] = '\0';
        return text;
}

static int runtime_json(const char *named, json_t **json_out, struct error *err)
{
        AUTO(runtime_choice) choice = { 0 };
        AUTO_FREE char *version = NULL;
        AUTO_FREE char *own = path_own_program();
        json_t *json;

        if (runtime_choice_make(named, &choice, err) < 0)
                return -1;
        json = *json_out = json_object();
        if (choice.name) {
                version = program_version(choice.path);
                json_set_string(json, "name", choice.name);
                json_set_string(json, "path", choice.path);
                json_set_string(json, "version", version);
                return 0;
        }
        json_set_string(json, "name", "kelp");
        json_set_string(json, "path", own ? own : "");
        json_set_string(json, "version", KELP_VERSION);
        return 0;
}

static void add_machine(json_t *json)
{
        struct utsname name = { 0 };
        struct sysinfo memory = { 0 };
        struct platform platform;
        AUTO_FREE char *uptime = NULL;

        (void)uname(&name);
        (void)sysinfo(&memory);
        platform_host(&platform);
        uptime = human_duration(memory.uptime);
        json_set_string(json, "arch", platform.arch);
        json_set_string(json, "os", "linux");
        json_set_string(json, "kernel", name.release);
        json_set_string(json, "hostname", name.nodename);
        json_object_set_new(json, "distribution", distribution_json());
        json_object_set_new(json, "cpus", json_integer(get_nprocs()));
        json_object_set_new(json, "memTotal",
                            json_integer((json_int_t)(memory.totalram * memory.mem_unit)));
        json_object_set_new(json, "memFree",
                            json_integer((json_int_t)(memory.freeram * memory.mem_unit)));
        json_object_set_new(json, "swapTotal",
                            json_integer((json_int_t)(memory.totalswap * memory.mem_unit)));
        json_object_set_new(json, "swapFree",
                            json_integer((json_int_t)(memory.freeswap * memory.mem_unit)));
        json_set_string(json, "uptime", uptime);
}

static json_t *rung_json(const struct userns_plan *plan)
{
        json_t *json = json_object();

        json_set_string(json, "rung", userns_rung_name(plan->rung));
        json_set_string(json, "reason", plan->reason);
        json_set_string(json, "cure", plan->cure);
        return json;
}

/* What a container gets: its own, or what an outer container shows us. */
static const char *file_system_kind(const char *type)
{
        return probe_filesystem(type, NULL) == 0 ? "new" : "bound";
}

static void add_cgroup(json_t *json, enum cgroup_manager manager)
{
        struct error why = { 0 };
        bool none = manager == CGROUP_FS && probe_cgroup(&why) < 0;

        json_set_string(json, "cgroupManager", none ? "none" : cgroup_manager_name(manager));
        if (none)
                json_set_string(json, "cgroupReason", why.text);
}

/* What a container gets without --log-driver. */
static const char *log_driver(void)
{
        const json_t *table = json_object_get(containers_conf(NULL), "containers");

        return json_get_string(table, "log_driver", "k8s-file");
}

int info_host(const struct global_args *asked, json_t **json_out, struct error *err)
{
        AUTO_JSON json_t *json = json_object();
        json_t *runtime = NULL;
        enum cgroup_manager manager = cgroup_manager_named(asked->cgroup_manager);
        struct userns_plan plan;

        if (manager == CGROUP_NONE)
                manager = cgroup_manager_choose(getuid());
        if (userns_plan(&plan, err) < 0 || runtime_json(asked->runtime.name, &runtime, err) < 0)
                return -1;
        json_object_set_new(json, "security", security_json(&plan));
        add_machine(json);
        json_object_set_new(json, "userNamespace", rung_json(&plan));
        json_object_set_new(json, "idMappings",
                            json_pack("{s:o, s:o}", "gidmap", id_map_json(&plan.gids), "uidmap",
                                      id_map_json(&plan.uids)));
        json_set_string(json, "cgroupVersion", probe_cgroup_v2() ? "v2" : "v1");
        add_cgroup(json, manager);
        json_object_set_new(json, "insideContainer", json_boolean(probe_inside_container()));
        json_set_string(json, "proc", file_system_kind("proc"));
        json_set_string(json, "sysfs", file_system_kind("sysfs"));
        json_object_set_new(json, "cgroupControllers", controllers_json(manager));
        json_set_string(json, "databaseBackend", "files");
        json_set_string(json, "eventLogger", "file");
        json_set_string(json, "logDriver", log_driver());
        json_set_string(json, "networkBackend", "slirp4netns");
        json_set_string(json, "rootlessNetworkCmd", "slirp4netns");
        json_object_set_new(json, "ociRuntime", runtime);
        json_object_set_new(json, "slirp4netns", program_json("slirp4netns"));
        json_object_set_new(json, "fuseOverlayfs", program_json("fuse-overlayfs"));
        *json_out = take_ptr(json);
        return 0;
}
