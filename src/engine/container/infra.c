/* The infra container of a pod. See infra.h. */
#include "engine/container/infra.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/container/verbs.h"
#include "engine/runtime/init_blob.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

bool infra_has_own_root(const struct container_spec *spec)
{
        return spec->infra && (!spec->image_id || !spec->image_id[0]);
}

int infra_make_root(int dir_fd, struct error *err)
{
        AUTO_CLOSE int layer = -1;

        if (mkdirat(dir_fd, INFRA_LAYER, 0755) < 0)
                return error_sys(err, errno, "create the infra container's root");
        layer = openat(dir_fd, INFRA_LAYER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (layer < 0)
                return error_sys(err, errno, "open the infra container's root");
        if (fd_write_file(layer, INFRA_FILE, init_blob, init_blob_len, 0755, err) < 0)
                return -1;
        /* The caller's umask is not to take rights from them. */
        if (fchmod(layer, 0755) < 0 || fchmodat(layer, INFRA_FILE, 0755, 0) < 0)
                return error_sys(err, errno, "set the modes of the infra container's root");
        return 0;
}

static bool is_over(const struct container *container)
{
        const struct container_state *state = &container->state;

        return state->status == CONTAINER_EXITED || state->status == CONTAINER_LOST ||
               (state->status == CONTAINER_RUNNING && state->stopping);
}

/* NULL: another one goes on, or there is none to stop. */
static const struct container *find_alone(const struct container_list *list, const char *pod)
{
        const struct container *infra = NULL;

        for (size_t i = 0; i < list->count; i++) {
                const struct container *c = &list->items[i];

                if (!c->spec.pod || strcmp(c->spec.pod, pod) != 0)
                        continue;
                if (c->spec.infra)
                        infra = c;
                else if (!is_over(c))
                        return NULL;
        }
        return infra && infra->state.status == CONTAINER_RUNNING ? infra : NULL;
}

void infra_stop_if_alone(const struct store *store, const struct container_spec *spec)
{
        AUTO(container_list) list = { 0 };
        struct container infra = CONTAINER_EMPTY;
        const struct container *found;

        if (!spec->ends_pod || container_list_load(store, &list, NULL) < 0)
                return;
        found = find_alone(&list, spec->pod);
        if (found && container_lookup(store, found->id, &infra, NULL) == 0)
                (void)container_stop(store, &infra, -1, NULL);
        container_release(&infra);
}
