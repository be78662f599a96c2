/* registries.conf (containers-registries.conf(5), version 2): what a short name stands for, and
 * where a full one is really fetched. */
#ifndef KELP_ENGINE_REGISTRY_REGISTRIES_H
#define KELP_ENGINE_REGISTRY_REGISTRIES_H

#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stddef.h>

struct registries;

/* $CONTAINERS_REGISTRIES_CONF, else ~/.config/containers/registries.conf, else the one of
 * /etc/containers; then registries.conf.d/ of /etc/containers and of ~/.config/containers, in the
 * order of their names, each overriding what came before. Missing files are fine. */
int registries_load(struct registries **registries_out, struct error *err);
void registries_free(struct registries *registries);

/* The repositories ("docker.io/library/alpine") that a short path may stand for, in the order to
 * try: its alias alone, else the path in each unqualified-search registry, docker.io when none is
 * set. Several with short-name-mode = "enforcing" are an error that names them. */
int registries_complete(const struct registries *registries, const char *short_path,
                        struct strv *repositories_out, struct error *err);

struct registry_endpoint {
        char *registry, *path;
        bool insecure;
        bool mirror;
};

struct registry_endpoints {
        struct registry_endpoint *items;
        size_t count;
};
void registry_endpoints_release(struct registry_endpoints *endpoints);

/* Where to look for a full reference ("registry/path:tag" or "...@digest"): its mirrors first, then
 * its own location. A blocked one is ERROR_DENIED. mirrors: false leaves them out (push). */
int registries_endpoints(const struct registries *registries, const char *reference, bool mirrors,
                         struct registry_endpoints *endpoints_out, struct error *err);

/* unqualified-search-registries. */
const struct strv *registries_search(const struct registries *registries);

/* Names of credential helpers ("containers-auth.json" is the files). */
const struct strv *registries_helpers(const struct registries *registries);

#endif
