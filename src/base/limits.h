/* The ceilings on what comes from outside, in one place. Sizes in bytes. */
#ifndef KELP_BASE_LIMITS_H
#define KELP_BASE_LIMITS_H

#include <stdint.h>

#define LIMIT_MANIFEST       ((size_t)4 << 20) /* distribution-spec: registries refuse more */
#define LIMIT_IMAGE_CONFIG   ((size_t)4 << 20)
#define LIMIT_LAYERS         500 /* the kernel's overlay takes no more (OVL_MAX_STACK) */
#define LIMIT_TOKEN          ((size_t)64 << 10) /* answer of a bearer-token server */
#define LIMIT_AUTH_FILE      ((size_t)1 << 20)
#define LIMIT_HTTP_HEADERS   ((size_t)64 << 10)
#define LIMIT_SPEC           ((size_t)4 << 20) /* config.json, state.json and the like */
#define LIMIT_STATE          ((size_t)64 << 10)
#define LIMIT_PASSWD         ((size_t)1 << 20) /* /etc/passwd, /etc/group inside an image */
#define LIMIT_ENV_FILE       ((size_t)1 << 20)
#define LIMIT_SECCOMP        ((size_t)1 << 20) /* a seccomp profile in JSON */
#define LIMIT_PROC_FILE      ((size_t)1 << 20)
#define LIMIT_CONF_FILE      ((size_t)1 << 20)
#define LIMIT_PUBLISHED      1024              /* ports of --publish-all */
#define LIMIT_UNIT_FILE      ((size_t)1 << 20) /* a Quadlet file or a drop-in */
#define LIMIT_UNITS          1024              /* Quadlet files of a user, and their directories */
#define LIMIT_HEALTH_SPAN_NS (INT64_C(365) * 86400 * 1000000000) /* of a health check: a year */
#define LIMIT_HEALTH_RETRIES 1000000
#define LIMIT_JSON_DEPTH     64

#endif
