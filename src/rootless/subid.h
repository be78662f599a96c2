/* Subordinate id ranges: /etc/subuid and /etc/subgid (subuid(5)). */
#ifndef KELP_ROOTLESS_SUBID_H
#define KELP_ROOTLESS_SUBID_H

#include "base/error.h"
#include "rootless/userns.h"

/* Parse the text of such a file: the ranges of the user with this name or number, in file order.
 * Malformed lines and empty ranges are skipped, as newuidmap(1) does. At most max ranges. */
size_t subid_parse(const char *text, const char *user, uid_t uid, struct id_range *ranges_out,
                   size_t max);

/* The caller's login name: from /etc/passwd, then the name service. The caller frees; NULL when
 * there is none. */
char *subid_user_name(uid_t uid);

/* The ranges of a file; 0 when it is missing or has none. `outside` and `count` are set. */
size_t subid_load(const char *path, const char *user, uid_t uid, struct id_range *ranges_out,
                  size_t max);

/* Lay the ranges out behind each other: id 0 is the caller, the others follow in order. */
void subid_layout(const struct id_range *ranges, size_t count, uint32_t caller,
                  struct id_map *map_out);

#endif
