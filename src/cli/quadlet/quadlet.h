/* A Quadlet file (podman-systemd.unit(5)): a unit file that says what a service shall have or make:
 * a container, a pod, a volume, an image. The generator makes the service's unit out of it. */
#ifndef KELP_CLI_QUADLET_QUADLET_H
#define KELP_CLI_QUADLET_QUADLET_H

#include "cli/quadlet/unit_file.h"

enum quadlet_kind {
        QUADLET_IMAGE,
        QUADLET_BUILD,
        QUADLET_VOLUME,
        QUADLET_POD,
        QUADLET_CONTAINER,
        QUADLET_REFUSED, /* known to podman, not offered */
};

struct quadlet {
        enum quadlet_kind kind;
        char *name; /* of the file: "web.container" */
        char *path;
        struct unit_file source;
        /* of a kind that is offered: */
        char *service;  /* "web.service" */
        char *resource; /* the name of the container, pod, volume or image; of an image NULL when
                           the file names none, of several tags the first */
        bool resource_is_own;  /* the name has specifiers that mean something else in other units */
        struct unit_file unit; /* made by quadlet_convert() */
        bool waits;            /* the unit needs QUADLET_WAIT_UNIT */
};

struct quadlet_list {
        struct quadlet *items;
        size_t count;
};

void quadlet_release(struct quadlet *quadlet);
void quadlet_list_release(struct quadlet_list *list);

/* By the file's name, or NULL. */
const struct quadlet *quadlet_find(const struct quadlet_list *list, const char *name);

/* Does the name end like a Quadlet file's? */
bool quadlet_kind_of(const char *name, enum quadlet_kind *kind_out);

/* "Container", the group that a kind has for itself; NULL of what is not offered. */
const char *quadlet_group(enum quadlet_kind kind);

/* What stands behind the file's name in the service's: "-volume". */
const char *quadlet_service_suffix(enum quadlet_kind kind);

/* Why files that end like this are not offered. */
const char *quadlet_why_refused(const char *name);

/* "web@" of "web@.container" and of "web@x.container", NULL without "@". The caller frees. */
char *quadlet_template(const char *name);

/* The last value of a key in the file's own group, without quotes around it; NULL when it is
 * missing or empty. The caller frees. */
char *quadlet_value(const struct quadlet *quadlet, const char *key);

/* Fill service and resource, after drop-ins were added. A service that is no unit's name is an
 * error. */
int quadlet_set_names(struct quadlet *quadlet, struct error *err);

/* It begins with a slash, or with a specifier ("%h"). */
bool quadlet_path_is_absolute(const char *path);

/* A path relative to the file; in_command: for a command line, where "$" has a meaning. Absolute
 * ones are as they are. The caller frees. */
char *quadlet_path(const struct quadlet *quadlet, const char *path, bool in_command);

#endif
