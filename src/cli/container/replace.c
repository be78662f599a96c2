/* See replace.h. A container can be signalled only from outside of the user namespace that the
 * command enters, and is to be ended only when the new image is there, which takes that namespace:
 * a child stays outside until it is told.
 */
#include "cli/container/replace.h"

#include "base/cleanup.h"
#include "engine/container/verbs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The end of the pipe without a byte: it is not to be replaced after all. */
static _Noreturn void wait_and_stop(const struct context *ctx, struct container *old, int told_fd)
{
        char byte;

        if (read(told_fd, &byte, 1) == 1) {
                if (old->state.paused)
                        (void)container_unpause(&ctx->store, old, NULL);
                (void)container_stop(&ctx->store, old, -1, NULL);
        }
        _exit(0);
}

int replaced_find(const struct context *ctx, const char *name, struct replaced *old,
                  struct error *err)
{
        int pair[2];

        if (container_lookup(&ctx->store, name, &old->container, NULL) < 0)
                return 0;
        if (strcmp(old->container.spec.name, name) != 0) {
                container_release(&old->container); /* it was the beginning of another one's ID */
                old->container = CONTAINER_EMPTY;
                return 0;
        }
        if (pipe2(pair, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        old->stopper = fork();
        if (old->stopper == 0) {
                close(pair[1]);
                wait_and_stop(ctx, &old->container, pair[0]);
        }
        close(pair[0]);
        if (old->stopper < 0) {
                close(pair[1]);
                return error_sys(err, errno, "create a process");
        }
        old->go_fd = pair[1];
        return 0;
}

/* The child ends by itself, told or not. */
static void end_stopper(struct replaced *old, bool go)
{
        if (old->stopper <= 0)
                return;
        if (go)
                (void)!write(old->go_fd, "", 1);
        close(old->go_fd);
        (void)waitpid(old->stopper, NULL, 0);
        old->go_fd = -1;
        old->stopper = 0;
}

int replaced_remove(const struct context *ctx, struct replaced *old, struct error *err)
{
        if (old->stopper <= 0)
                return 0;
        end_stopper(old, true);
        return container_remove(&ctx->store, &old->container, err);
}

void replaced_release(struct replaced *old)
{
        end_stopper(old, false);
        container_release(&old->container);
}
