/* The mounts of a runtime specification -> steps. See plan_parts.h. */
#include "engine/runtime/plan_parts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/runtime/mount_options.h"

#include <linux/mount.h>
#include <string.h>

char *plan_host_path(const char *bundle, const char *path, const char *what, struct error *err)
{
        if (path[0] == '/')
                return xstrdup(path);
        if (bundle)
                return path_join(bundle, path);
        error_set(err, ERROR_INVALID, "%s: \"%s\" is not an absolute path", what, path);
        return NULL;
}

static bool is_cgroup(const char *type)
{
        return strcmp(type, "cgroup") == 0 || strcmp(type, "cgroup2") == 0;
}

static int plan_id_mappings(struct step *step, const json_t *mount, struct error *err)
{
        const json_t *uids = json_object_get(mount, "uidMappings");
        const json_t *gids = json_object_get(mount, "gidMappings");

        if (id_ranges_parse(uids, "mounts.uidMappings", &step->uids, err) < 0 ||
            id_ranges_parse(gids, "mounts.gidMappings", &step->gids, err) < 0)
                return -1;
        if ((step->uids.count > 0) != (step->gids.count > 0))
                return error_set(err, ERROR_INVALID,
                                 "mount %s: uidMappings and gidMappings need each other",
                                 step->target);
        /* The specification wants the word too, and says what older runtimes would miss. */
        if (step->uids.count > 0 && !step->idmap) {
                step->idmap = true;
                step->idmap_recursive = step->recursive;
        }
        return 0;
}

static bool has_mode(const struct strv *data)
{
        for (size_t i = 0; i < data->count; i++)
                if (strncmp(data->items[i], "mode=", 5) == 0)
                        return true;
        return false;
}

/* What the words have left open. */
static int settle(struct step *step, const char *type, struct error *err)
{
        if (step->kind == STEP_FILESYSTEM && strcmp(type, "bind") == 0)
                step->kind = STEP_BIND;
        if (step->kind == STEP_FILESYSTEM && type[0] == '\0')
                return error_set(err, ERROR_INVALID, "mount %s has no type", step->target);
        if (step->copy_up && (step->kind != STEP_FILESYSTEM || strcmp(type, "tmpfs") != 0))
                return error_set(err, ERROR_INVALID, "mount %s: tmpcopyup needs a tmpfs",
                                 step->target);
        if (step->kind == STEP_BIND && !step->source)
                return error_set(err, ERROR_INVALID, "mount %s: a bind mount needs a source",
                                 step->target);
        step->keep_mode = step->kind == STEP_FILESYSTEM && !step->copy_up &&
                          strcmp(type, "tmpfs") == 0 && !has_mode(&step->data);
        step->read_only_last = step->kind == STEP_FILESYSTEM && strcmp(type, "tmpfs") == 0 &&
                               ((step->change.set | step->deep.set) & MOUNT_ATTR_RDONLY);
        /* Where the host has no usable v2 tree there is nothing to show. */
        step->optional = is_cgroup(type);
        step->fstype = xstrdup(is_cgroup(type) ? "cgroup2" : type);
        /* A file system whose options or whose root directory name ids waits for the maps. */
        step->late = step->idmap || (step->kind == STEP_FILESYSTEM && strcmp(type, "proc") != 0 &&
                                     strcmp(type, "sysfs") != 0);
        return 0;
}

/* Relative destinations are deprecated and start at the root (config.md, "Mounts"). */
static char *destination(const json_t *mount, struct error *err)
{
        const char *text = json_get_string(mount, "destination", "");
        AUTO_FREE char *absolute = xasprintf("/%s", text);
        AUTO_FREE char *path = path_clean(absolute);

        if (text[0] != '\0' && strcmp(path, "/") != 0)
                return take_ptr(path);
        error_set(err, ERROR_INVALID, "mounts.destination: the root itself cannot be mounted over");
        return NULL;
}

static int plan_mount(struct launch_plan *plan, const json_t *mount, const char *bundle,
                      struct error *err)
{
        const char *type = json_get_string(mount, "type", "");
        const char *source = json_get_string(mount, "source", NULL);
        AUTO_FREE char *target = destination(mount, err);
        AUTO(strv) options = { 0 };
        struct step *step;

        if (!target)
                return -1;
        json_to_strv(json_object_get(mount, "options"), &options);
        step = plan_add_step(plan, STEP_FILESYSTEM, source, target);
        if (mount_options_apply(step, &options, err) < 0 || settle(step, type, err) < 0 ||
            plan_id_mappings(step, mount, err) < 0)
                return -1;
        if (step->kind == STEP_BIND) {
                free(step->source);
                step->source = plan_host_path(bundle, source, "mounts.source", err);
                return step->source ? 0 : -1;
        }
        if (!step->source)
                step->source = xstrdup(type);
        return 0;
}

/* SELinux: the context of what a container may write (mountLabel). Those that show the kernel's own
 * files keep theirs. */
static void label_mount(struct launch_plan *plan, const char *label)
{
        static const char *const kernels[] = { "proc", "sysfs", "mqueue", "cgroup2" };
        struct step *step = &plan->steps[plan->step_count - 1];

        if (!label[0] || step->kind != STEP_FILESYSTEM)
                return;
        for (size_t i = 0; i < ARRAY_SIZE(kernels); i++)
                if (strcmp(step->fstype, kernels[i]) == 0)
                        return;
        strv_addf(&step->data, "context=%s", label);
}

int plan_mounts(struct launch_plan *plan, const json_t *spec, const char *bundle, struct error *err)
{
        const char *label = json_get_string(json_object_get(spec, "linux"), "mountLabel", "");
        size_t i;
        json_t *mount;

        plan->mount_label = label[0] != '\0';
        json_array_foreach (json_object_get(spec, "mounts"), i, mount) {
                if (plan_mount(plan, mount, bundle, err) < 0)
                        return -1;
                label_mount(plan, label);
        }
        return 0;
}
