/* --security-opt of run and create. */
#ifndef KELP_CLI_OPTIONS_SECURITY_OPT_H
#define KELP_CLI_OPTIONS_SECURITY_OPT_H

#include "base/error.h"
#include "engine/container/spec.h"

/* One KEY=VALUE (or docker's KEY:VALUE) into the spec. */
int security_opt_add(const char *text, struct container_spec *spec, struct error *err);

#endif
