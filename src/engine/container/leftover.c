/* See leftover.h. Their files are not what the last process saw (storage/rootfs.h, `disposable`),
 * so that they should not be started again. The command that finds them may not be in the user
 * namespace that removing takes, or wants to enter it in its own way: a child does it. */
#include "engine/container/leftover.h"

#include "base/log.h"
#include "engine/container/container.h"
#include "engine/container/state.h"
#include "engine/container/verbs.h"
#include "engine/container/volumes.h"
#include "rootless/userns.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/* One whose first process lives is another store's, of which this one is a copy. */
static bool is_left(const struct container *container)
{
        const struct container_state *state = &container->state;

        return container->spec.auto_remove && state->status == CONTAINER_LOST &&
               state_process_start(state->pid) != state->pid_start;
}

static void remove_one(const struct store *store, const char *id)
{
        struct container container = CONTAINER_EMPTY;
        struct error why = { 0 };

        if (container_load(store, id, &container, &why) == 0 &&
            container_remove(store, &container, &why) == 0)
                container_volumes_remove(store, &container.spec);
        else
                log_warn("container %.12s, left over: %s, continuing", id, why.text);
        container_release(&container);
}

static void remove_them(const struct store *store, const struct container_list *list)
{
        if (userns_enter(NULL) < 0)
                return;
        for (size_t i = 0; i < list->count; i++)
                if (is_left(&list->items[i]))
                        remove_one(store, list->items[i].id);
}

void leftover_remove(const struct store *store)
{
        struct container_list list = { 0 };
        size_t count = 0;
        pid_t child;

        if (container_list_load(store, &list, NULL) < 0)
                return;
        for (size_t i = 0; i < list.count; i++)
                count += is_left(&list.items[i]);
        child = count ? fork() : -1;
        if (child == 0) {
                remove_them(store, &list);
                _exit(0);
        }
        while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
                ;
        container_list_release(&list);
}
