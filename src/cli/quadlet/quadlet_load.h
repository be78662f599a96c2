/* Where Quadlet files are, and reading them with their drop-ins. */
#ifndef KELP_CLI_QUADLET_QUADLET_LOAD_H
#define KELP_CLI_QUADLET_QUADLET_LOAD_H

#include "cli/quadlet/quadlet.h"

/* The directories of the calling user, the first counts most, each with those below it:
 * $QUADLET_UNIT_DIRS alone when it is set (absolute paths, ":" between them). */
int quadlet_load_directories(struct strv *directories_out, struct error *err);

/* The names in a directory, in their order; none when it cannot be read. */
void quadlet_list_names(const char *directory, struct strv *names);

/* Who hears of what fails. */
struct quadlet_listener {
        void (*failed)(void *data, const struct error *err);
        void *data;
};

/* Read all files of these directories. Of several with one name the first counts; one that is a
 * link to /dev/null hides the others. The listener hears of each that cannot be read; the others
 * are loaded. */
void quadlet_load(const struct strv *directories, struct quadlet_list *list_out,
                  const struct quadlet_listener *listener);

#endif
