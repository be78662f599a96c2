/* --uidmap and --gidmap: podman's syntax (podman-run(1)). */
#ifndef KELP_ROOTLESS_ID_MAP_PARSE_H
#define KELP_ROOTLESS_ID_MAP_PARSE_H

#include "rootless/id_map.h"

enum id_kind { ID_USER, ID_GROUP };

struct id_map_parse {
        enum id_kind kind;        /* entries with only the other one's flag are passed over */
        const struct id_map *all; /* the default namespace: inside its ids, outside the host's */
        bool fill;  /* a first entry with "+" gets the rest of `all` around it (not for root) */
        bool flags; /* "+", "u" and "g" are taken */
};

/* Each text is one or more [+ug]CONTAINER:[@]FROM[:COUNT], in a row behind ":". FROM is an id of
 * the default namespace, with "@" one of the host. "" is passed over. The map is checked and in
 * order. ERROR_USAGE, ERROR_INVALID, ERROR_TOO_LARGE; that its ids are there at all is not looked
 * at, except for "@". */
int id_map_parse(const struct id_map_parse *parse, const struct strv *texts, struct id_map *map_out,
                 struct error *err);

/* "uid", "gid" */
const char *id_kind_name(enum id_kind kind);

#endif
