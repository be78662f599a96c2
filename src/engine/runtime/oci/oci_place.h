/* The cgroup of a container of the OCI command line. */
#ifndef KELP_ENGINE_RUNTIME_OCI_OCI_PLACE_H
#define KELP_ENGINE_RUNTIME_OCI_OCI_PLACE_H

#include "engine/runtime/oci/oci_make.h"

/* From linux.cgroupsPath and linux.resources into making->cgroup (cgroup_create()). A caller
 * without rights that cannot have one, and needs none for limits, goes without. */
int oci_place_make(struct oci_making *making, struct error *err);

#endif
