/* From the specification for kelp's own runtime to one that any runtime understands: annotations of
 * ours become what they stand for. See external_bundle.h.
 *
 * There is no user namespace in it: the runtime is started inside of the container's, as its root.
 */
#include "engine/container/external_bundle.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "engine/runtime/cgroup.h"
#include "engine/runtime/init_blob.h"
#include "engine/runtime/plan.h"
#include "engine/runtime/spec_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* crun before 1.9 refuses any other; what is newer than it in the specification is for whoever
 * knows it. */
#define BUNDLE_VERSION "1.0.2"
#define INIT_TARGET    "/run/kelp-init"

static bool annotated(const json_t *spec, const char *name)
{
        return json_object_get(json_object_get(spec, "annotations"), name) != NULL;
}

/* --init: the stub as a file, read-only in the container, that searches for the program itself. */
static int add_init(const struct external_runtime *runtime, json_t *spec, int bundle_fd,
                    struct error *err)
{
        AUTO_FREE char *source = xasprintf("%s/" EXTERNAL_BUNDLE "/init", runtime->dir);
        json_t *process = json_object_get(spec, "process");
        json_t *args = json_pack("[s, s]", INIT_TARGET, "search");

        json_array_extend(args, json_object_get(process, "args"));
        json_object_set_new(process, "args", args);
        json_array_append_new(json_object_get(spec, "mounts"),
                              json_pack("{s:s, s:s, s:s, s:[s, s, s, s]}", "destination",
                                        INIT_TARGET, "type", "bind", "source", source, "options",
                                        "bind", "ro", "nosuid", "nodev"));
        return fd_write_file(bundle_fd, "init", init_blob, init_blob_len, 0755, err);
}

/* A runtime may make it with other rights, or not at all. */
static void make_cwd(const json_t *spec)
{
        const char *root = json_get_string(json_object_get(spec, "root"), "path", "");
        const char *cwd = json_get_string(json_object_get(spec, "process"), "cwd", "/");
        AUTO_CLOSE int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int made = root_fd < 0 ? -1 : path_make_dirs_in(root_fd, cwd, 0755);

        (void)made;
}

/* The path below the hierarchy's root, limits too; without one neither. */
static void set_cgroup(json_t *spec, const char *cgroup)
{
        json_t *linux_part = json_object_get(spec, "linux");

        if (cgroup) {
                json_set_string(linux_part, "cgroupsPath", cgroup + strlen(CGROUP_ROOT));
                return;
        }
        json_object_del(linux_part, "cgroupsPath");
        json_object_del(linux_part, "resources");
}

static void drop_annotations(json_t *spec)
{
        static const char *const ours[] = { ANNOTATION_INIT, ANNOTATION_CWD_CREATE };
        json_t *annotations = json_object_get(spec, "annotations");

        for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
                json_object_del(annotations, ours[i]);
}

int external_bundle_write(const struct external_runtime *runtime, json_t *spec, const char *cgroup,
                          struct error *err)
{
        AUTO_CLOSE int bundle_fd = -1;

        if (mkdirat(runtime->dir_fd, EXTERNAL_BUNDLE, 0700) < 0 && errno != EEXIST)
                return error_sys(err, errno, "create the bundle for %s", runtime->name);
        bundle_fd = openat(runtime->dir_fd, EXTERNAL_BUNDLE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (bundle_fd < 0)
                return error_sys(err, errno, "open the bundle for %s", runtime->name);
        if (annotated(spec, ANNOTATION_INIT) && add_init(runtime, spec, bundle_fd, err) < 0)
                return -1;
        if (annotated(spec, ANNOTATION_CWD_CREATE))
                make_cwd(spec);
        drop_annotations(spec);
        json_set_string(spec, "ociVersion", BUNDLE_VERSION);
        set_cgroup(spec, cgroup);
        return spec_write_file(bundle_fd, "config.json", spec, 0600, err);
}
