/* The host's devices in a container: --device and --privileged. They are bound from the host, since
 * only real root could make them; who may use them is decided by the host's modes and owners. */
#ifndef KELP_ENGINE_CONTAINER_DEVICES_OF_H
#define KELP_ENGINE_CONTAINER_DEVICES_OF_H

#include "base/error.h"
#include "engine/container/spec.h"

/* HOST[:INSIDE][:rwm]: the parts, heap. ERROR_USAGE. */
struct device_option {
        char *host, *inside;
        bool writable;
};
void device_option_release(struct device_option *device);
int device_option_parse(const char *text, struct device_option *device_out, struct error *err);

/* Append the mounts of spec->devices and, with --privileged, of all devices of the host but its
 * consoles. A directory stands for all devices in it. ERROR_NOT_FOUND, ERROR_INVALID: no device. */
int devices_of_add(json_t *mounts, const struct container_spec *spec, struct error *err);

#endif
