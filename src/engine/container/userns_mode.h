/* --userns in words: "host", "keep-id:uid=200", "auto:size=5000", ... (podman-run(1)). */
#ifndef KELP_ENGINE_CONTAINER_USERNS_MODE_H
#define KELP_ENGINE_CONTAINER_USERNS_MODE_H

#include "base/error.h"
#include "base/strv.h"
#include "rootless/userns.h"

enum userns_kind {
        USERNS_DEFAULT, /* "", host, private: every id that the caller may have, itself as root */
        USERNS_KEEP_ID,
        USERNS_NOMAP,
        USERNS_AUTO,
        USERNS_CONTAINER,
        USERNS_PATH,
};

struct userns_mode {
        enum userns_kind kind;
        bool uid_set, gid_set; /* keep-id */
        uint32_t uid, gid;
        uint32_t size;                          /* keep-id, auto; 0: not said */
        struct strv uid_mappings, gid_mappings; /* auto */
        char *target;                           /* of container: and ns: */
};

void userns_mode_release(struct userns_mode *mode);

/* text: NULL is the default. ERROR_USAGE. */
int userns_mode_parse(const char *text, struct userns_mode *mode_out, struct error *err);

/* The maps of keep-id and nomap in the plan's default namespace. 1: *maps_out is set; 0: all of it
 * is right as it is; -1: it cannot be had here, with the cure. */
int userns_mode_maps(const struct userns_mode *mode, const struct userns_plan *plan,
                     struct id_maps *maps_out, struct error *err);

/* With keep-id the process is the caller: "uid:gid" inside. The caller frees. */
char *userns_mode_user(const struct userns_mode *mode, const struct userns_plan *plan);

#endif
