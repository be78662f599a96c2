/* OCI runtime specification -> launch plan. Reads JSON, touches nothing else.
 *
 * spec_check.c has looked at types and ranges before; the parts (plan_parts.h) look at what the
 * members mean together. The order of steps is the order of the specification's mounts, then
 * devices, then masked and read-only paths: what comes first is covered by what comes later.
 */
#include "engine/runtime/plan.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/runtime/mount_options.h"
#include "engine/runtime/plan_parts.h"
#include "engine/runtime/spec_check.h"

#include <string.h>

static void step_release(struct step *step)
{
        free(step->source);
        free(step->target);
        free(step->fstype);
        strv_release(&step->data);
        id_ranges_release(&step->uids);
        id_ranges_release(&step->gids);
}

void launch_plan_release(struct launch_plan *plan)
{
        for (size_t i = 0; i < plan->step_count; i++)
                step_release(&plan->steps[i]);
        for (size_t i = 0; i < plan->join_count; i++)
                free(plan->joins[i].path);
        free(plan->steps);
        free(plan->root);
        free(plan->hostname);
        free(plan->domainname);
        strv_release(&plan->sysctl);
        strv_release(&plan->optional);
        id_ranges_release(&plan->uid_maps);
        id_ranges_release(&plan->gid_maps);
        hooks_release(&plan->hooks);
        process_plan_release(&plan->process);
        *plan = (struct launch_plan){ 0 };
}

struct step *plan_add_step(struct launch_plan *plan, enum step_kind kind, const char *source,
                           const char *target)
{
        struct step *step;

        plan->steps = xreallocarray(plan->steps, plan->step_count + 1, sizeof(*plan->steps));
        step = &plan->steps[plan->step_count++];
        *step = (struct step){ .kind = kind, .source = xstrdup(source), .target = xstrdup(target) };
        return step;
}

static void plan_paths(struct launch_plan *plan, const json_t *paths, enum step_kind kind)
{
        size_t i;
        json_t *path;

        json_array_foreach (paths, i, path) {
                AUTO_FREE char *target = path_clean(json_string_value(path));

                plan_add_step(plan, kind, NULL, target);
        }
}

/* What the specification can ask and this runtime does not offer is refused by name. */
static int refuse(const json_t *spec, struct error *err)
{
        static const char *const platforms[] = { "solaris", "windows", "vm", "zos", "freebsd" };
        const json_t *linux_part = json_object_get(spec, "linux");

        for (size_t i = 0; i < ARRAY_SIZE(platforms); i++)
                if (json_is_object(json_object_get(spec, platforms[i])))
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "%s: this is a runtime for Linux containers",
                                         platforms[i]);
        if (json_is_object(json_object_get(linux_part, "intelRdt")))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "linux.intelRdt is not supported: resctrl is root's alone");
        if (json_object_size(json_object_get(linux_part, "netDevices")) > 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "linux.netDevices is not supported: moving the host's network "
                                 "devices needs real root");
        return 0;
}

static int plan_root(struct launch_plan *plan, const json_t *spec, const char *bundle,
                     struct error *err)
{
        const json_t *root = json_object_get(spec, "root");
        const char *propagation =
                json_get_string(json_object_get(spec, "linux"), "rootfsPropagation", "");
        const char *path = json_get_string(root, "path", "");
        AUTO_FREE char *given = NULL;

        if (path[0] == '\0')
                return error_set(err, ERROR_INVALID, "root.path: it is empty");
        given = plan_host_path(bundle, path, "root.path", err);
        if (!given)
                return -1;
        plan->root = path_clean(given);
        if (strcmp(plan->root, "/") == 0)
                return error_set(err, ERROR_INVALID,
                                 "root.path: the machine's own root cannot be a container's");
        plan->root_read_only = json_get_bool(root, "readonly", false);
        if (propagation[0] && !mount_option_propagation(propagation, &plan->root_propagation,
                                                        &plan->root_propagation_recursive))
                return error_set(err, ERROR_INVALID,
                                 "linux.rootfsPropagation: shared, slave, private or unbindable is "
                                 "needed, not \"%s\"",
                                 propagation);
        return 0;
}

static bool annotated(const json_t *spec, const char *name)
{
        return strcmp(json_get_string(json_object_get(spec, "annotations"), name, ""), "true") == 0;
}

static void plan_optional(struct launch_plan *plan, const json_t *spec)
{
        const char *names =
                json_get_string(json_object_get(spec, "annotations"), ANNOTATION_OPTIONAL, "");

        if (names[0])
                strv_split(&plan->optional, names, ' ');
}

static int plan_process(struct launch_plan *plan, const json_t *spec, int cache_fd,
                        struct error *err)
{
        const json_t *linux_part = json_object_get(spec, "linux");

        if (process_plan_make(
                    json_object_get(spec, "process"), json_object_get(linux_part, "seccomp"),
                    json_object_get(linux_part, "personality"), cache_fd, &plan->process, err) < 0)
                return -1;
        plan->process.die_with_parent = true;
        plan->process.init = annotated(spec, ANNOTATION_INIT);
        plan->process.cwd_create = annotated(spec, ANNOTATION_CWD_CREATE);
        plan->process.emulate = annotated(spec, ANNOTATION_EMULATE);
        plan->process.keep_groups = json_get_string(json_object_get(spec, "annotations"),
                                                    ANNOTATION_KEEP_GROUPS, NULL) != NULL;
        return 0;
}

int launch_plan_make(const json_t *spec, const char *bundle, int cache_fd,
                     struct launch_plan *plan_out, struct error *err)
{
        const json_t *linux_part = json_object_get(spec, "linux");
        AUTO(launch_plan) plan = { 0 };

        if (spec_check(spec, err) < 0 || refuse(spec, err) < 0 ||
            plan_root(&plan, spec, bundle, err) < 0 || plan_mounts(&plan, spec, bundle, err) < 0 ||
            plan_namespaces(&plan, spec, err) < 0 || plan_devices(&plan, linux_part, err) < 0)
                return -1;
        plan_optional(&plan, spec);
        plan_paths(&plan, json_object_get(linux_part, "maskedPaths"), STEP_MASK);
        plan_paths(&plan, json_object_get(linux_part, "readonlyPaths"), STEP_READONLY);
        if (hooks_parse(json_object_get(spec, "hooks"), &plan.hooks, err) < 0 ||
            plan_process(&plan, spec, cache_fd, err) < 0)
                return -1;
        *plan_out = plan;
        plan = (struct launch_plan){ 0 };
        return 0;
}
