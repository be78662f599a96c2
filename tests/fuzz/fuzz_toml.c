/* TOML, and registries.conf made of it. */
#include "base/json.h"
#include "base/toml.h"
#include "engine/registry/registries.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The file that registries_load() is led to, made once. */
static int conf_file(void)
{
        static int fd = -1;
        char path[64];

        if (fd < 0) {
                fd = memfd_create("conf", 0);
                snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
                setenv("CONTAINERS_REGISTRIES_CONF", path, 1);
                setenv("HOME", "/nonexistent", 1);
        }
        return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        AUTO_JSON json_t *json = NULL;
        AUTO(registry_endpoints) endpoints = { 0 };
        AUTO(strv) names = { 0 };
        struct registries *registries;
        struct error err;
        int fd = conf_file();

        if (toml_parse((const char *)data, size, "fuzz", &json, &err) < 0)
                return 0;
        if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
                abort();
        if (registries_load(&registries, &err) < 0)
                return 0;
        (void)registries_complete(registries, "tool", &names, &err);
        (void)registries_endpoints(registries, "docker.io/library/busybox:1", true, &endpoints,
                                   &err);
        registries_free(registries);
        return 0;
}
