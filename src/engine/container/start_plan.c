/* The files of a container and its plan, from its spec. See start_parts.h. */
#include "engine/container/start_parts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/container/external_of.h"
#include "engine/container/files_of.h"
#include "engine/container/hooks_of.h"
#include "engine/container/mounts.h"
#include "engine/container/namespaces_of.h"
#include "engine/container/oci.h"
#include "engine/container/phases.h"
#include "engine/container/rootfs_of.h"
#include "engine/container/secrets.h"
#include "engine/container/state.h"
#include "engine/network/files.h"
#include "engine/runtime/spec_file.h"
#include "rootless/override.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

/* What /etc/hosts begins with; NULL: the usual. An image without one is as good as an empty one. */
static int base_hosts(struct start *start, char **text_out, struct error *err)
{
        const char *file = start->container->spec.hosts_file;

        if (!file)
                return 0;
        if (file[0] == '/')
                return fd_read_file(AT_FDCWD, file, LIMIT_CONF_FILE, text_out, NULL, err);
        if (strcmp(file, "image") != 0 ||
            rootfs_read_file(&start->rootfs, "etc/hosts", LIMIT_CONF_FILE, text_out, NULL) < 0)
                *text_out = xstrdup("");
        return 0;
}

static bool lays_zone(const struct start *start)
{
        return start->container->spec.timezone && !start->link_zone;
}

static int make_files(struct start *start, struct error *err)
{
        struct container *container = start->container;
        AUTO_FREE char *relative = path_join("containers", container->id);
        AUTO_FREE char *hosts = NULL;

        start->files_dir = path_join(start->store->runroot, relative);
        if (mkdirat(start->store->run_fd, relative, 0700) < 0 && errno != EEXIST)
                return error_sys(err, errno, "create %s", start->files_dir);
        start->files_fd =
                openat(start->store->run_fd, relative, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (start->files_fd < 0)
                return error_sys(err, errno, "open %s", start->files_dir);
        start->link_zone = files_of_links_timezone(&container->spec, &start->rootfs);
        if ((lays_zone(start) &&
             files_of_write_timezone(start->files_fd, container->spec.timezone, err) < 0) ||
            accounts_make(&container->spec, &start->rootfs, start->userns, &start->accounts, err) <
                    0 ||
            (container->spec.read_only &&
             accounts_lay(&start->accounts, start->files_fd, err) < 0) ||
            base_hosts(start, &hosts, err) < 0)
                return -1;
        return network_files_write(start->files_fd, container->id, &container->spec, hosts, err);
}

/* With a single id the owner is a record (rootless/override.h). */
static void copy_root_record(const struct start *start, const char *layer, const struct stat *st)
{
        AUTO_CLOSE int from = openat(start->store->root_fd, layer, O_PATH | O_CLOEXEC);
        AUTO_CLOSE int to = openat(start->container->dir_fd, "upper", O_PATH | O_CLOEXEC);
        struct override owner;

        if (override_get(&(struct override_place){ .fd = from, .dir_fd = -1, .st = st }, &owner))
                (void)override_set(&(struct override_place){ .fd = to, .dir_fd = -1, .st = st },
                                   &owner);
}

/* The upper directory shows as "/": its mode is that of the topmost layer's root. */
static void copy_root_mode(const struct start *start)
{
        const struct strv *layers = &start->rootfs.layers;
        const char *top = layers->count > 0 ? layers->items[layers->count - 1] : NULL;
        struct stat st;

        if (!top || fstatat(start->store->root_fd, top, &st, 0) < 0)
                return;
        (void)!fchmodat(start->container->dir_fd, "upper", st.st_mode & 07777, 0);
        if (start->userns->rung == USERNS_SINGLE)
                copy_root_record(start, top, &st);
}

/* The runtime specification, as start->spec and as config.json. */
static int make_spec(struct start *start, const char *root, struct container_user *user,
                     struct error *err)
{
        struct container *container = start->container;
        AUTO(shared_namespaces) shared = { 0 };
        AUTO_FREE char *secrets =
                xasprintf("%s/%s/secrets", start->store->root, start->rootfs.container);
        AUTO(strv) sources = { 0 };
        struct oci_input input = { .spec = &container->spec,
                                   .user = user,
                                   .id = container->id,
                                   .root = root,
                                   .files_dir = start->files_dir,
                                   .lays_zone = lays_zone(start),
                                   .accounts = container->spec.read_only ? &start->accounts : NULL,
                                   .mount_sources = &sources,
                                   .secrets_dir = secrets,
                                   .emulate = start->userns->rung == USERNS_SINGLE,
                                   .manager = start->cgroup.manager,
                                   .shared = &shared,
                                   .userns = start->userns };

        if (mounts_sources(start->store, container, &sources, err) < 0 ||
            namespaces_load(start->store, &container->spec, &shared, err) < 0 ||
            accounts_user(&container->spec, &start->accounts, &start->rootfs, user, err) < 0 ||
            oci_spec_make(&input, &start->spec, err) < 0 ||
            (start->options->hooks_dirs && start->options->hooks_dirs->count > 0 &&
             hooks_of_add(start->options->hooks_dirs, &container->spec, start->spec, err) < 0))
                return -1;
        if (start->cgroup_before)
                json_set_string(json_object_get(start->spec, "linux"), "cgroupsPath",
                                start->cgroup_before + strlen(CGROUP_ROOT));
        if (start->options->rows)
                json_object_set_new(json_object_get(start->spec, "process"), "consoleSize",
                                    json_pack("{s:i, s:i}", "height", start->options->rows, "width",
                                              start->options->columns));
        return spec_write_file(container->dir_fd, "config.json", start->spec, 0600, err);
}

/* Another runtime plans by itself: what the hooks want to know. */
static int plan_external(struct start *start, const char *root, const struct container_user *user)
{
        start->plan.root = xstrdup(root);
        start->plan.process.terminal = start->container->spec.terminal;
        start->plan.process.uid = user->uid;
        start->plan.process.gid = user->gid;
        return 0;
}

/* What hooks are told (runtime-spec, runtime.md: State), status and pid left out. */
static json_t *identity_of(const struct start *start)
{
        AUTO_FREE char *bundle = xasprintf("%s/%s", start->store->root, start->rootfs.container);

        return json_pack("{s:O, s:s, s:s, s:O?}", "ociVersion",
                         json_object_get(start->spec, "ociVersion"), "id", start->container->id,
                         "bundle", bundle, "annotations",
                         json_object_get(start->spec, "annotations"));
}

static int make_plan(struct start *start, struct error *err)
{
        struct container *container = start->container;
        AUTO_FREE char *root =
                xasprintf("%s/%s/merged", start->store->root, start->rootfs.container);
        struct container_user user;
        AUTO_CLOSE int cache_fd =
                openat(start->store->root_fd, "cache", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (make_spec(start, root, &user, err) < 0)
                return -1;
        phases_mark("spec written");
        start->prepare_mounts = start->link_zone ||
                                mounts_want_preparing(start->store, container) ||
                                container_secrets_want_owner(&container->spec);
        if (start->external.path)
                return plan_external(start, root, &user);
        if (launch_plan_make(start->spec, NULL, cache_fd, &start->plan, err) < 0 ||
            container_secrets_env(container->dir_fd, &container->spec, &start->plan.process.env,
                                  err) < 0)
                return -1;
        if (json_object_get(start->spec, "hooks"))
                start->identity = identity_of(start);
        if (start->plan.new_user_namespace)
                start->plan.clone_flags |= CLONE_NEWUSER;
        phases_mark("plan made");
        return 0;
}

int start_plan(struct start *start, struct error *err)
{
        struct container *container = start->container;
        const struct start_options *options = start->options;

        start->alive_fd = state_lock_alive(container->dir_fd, err);
        if (start->alive_fd < 0)
                return -1;
        rootfs_of(start->store, container, &start->rootfs);
        if (root_driver_init(&start->driver,
                             options->storage_driver ? options->storage_driver
                                                     : container->spec.storage_driver,
                             err) < 0 ||
            rootfs_check_layers(&start->rootfs, err) < 0 || make_files(start, err) < 0)
                return -1;
        if (container->state.started_ns == 0)
                copy_root_mode(start);
        start->cgroup.manager =
                start->cgroup_before ? CGROUP_FS
                                     : cgroup_of_manager(&container->spec, options->cgroup_manager,
                                                         start->userns->caller_uid);
        external_of_start(container, start->files_dir, start->files_fd, &start->external);
        if (start->external.path && options->preserve)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--preserve-fds and --preserve-fd need kelp's own runtime");
        if (start->external.path &&
            external_of_check(&container->spec, start->userns, start->cgroup.manager, err) < 0)
                return -1;
        return make_plan(start, err);
}
