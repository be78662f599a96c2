/* What a root that is moved over the old one leaves behind it. */
#ifndef KELP_ENGINE_RUNTIME_ROOT_HIDE_H
#define KELP_ENGINE_RUNTIME_ROOT_HIDE_H

#include "base/error.h"

/* Cover each proc and sysfs of this mount namespace that is not below root_fd's mount. Before the
 * move, while their paths lead to them. Fails where one is out of reach. */
int root_hide_old(int root_fd, struct error *err);

#endif
