/* Loading images from archives and directories: docker-archive, oci-archive, OCI layout, dir. */
#ifndef KELP_ENGINE_IMAGE_LOAD_H
#define KELP_ENGINE_IMAGE_LOAD_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/state/store.h"

#include <stdbool.h>

struct load_request {
        const char *path;             /* a file or a directory; NULL: fd */
        int fd;                       /* a pipe or a file, borrowed */
        const char *only;             /* the one image of that name; NULL: all */
        const char *platform;         /* which of an index; NULL: this machine's */
        const char *signature_policy; /* policy.json, NULL: the usual places */
        const bool *cancel;
};

/* names_out gets what was published: full references, and the manifest digest of an image without
 * a name. The kind of archive is found out. This process is in the user namespace. */
int image_load(const struct store *store, const struct load_request *request,
               struct strv *names_out, struct error *err);

#endif
