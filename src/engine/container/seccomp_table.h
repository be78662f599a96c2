/* The default seccomp profile as a table. */
#ifndef KELP_ENGINE_CONTAINER_SECCOMP_TABLE_H
#define KELP_ENGINE_CONTAINER_SECCOMP_TABLE_H

#include <stddef.h>

enum seccomp_rule_action { RULE_ALLOW, RULE_EPERM };

enum seccomp_rule_arch {
        ARCH_AMD64 = 1,
        ARCH_ARM64 = 2,
        ARCH_ARM = 4,
        ARCH_PPC64LE = 8,
        ARCH_S390X = 16,
};

struct seccomp_rule {
        enum seccomp_rule_action action;
        int capability;    /* CAP_*, or -1 */
        unsigned arches;   /* 0: all */
        const char *names; /* separated by spaces */
};

/* Ends with names NULL. */
extern const struct seccomp_rule seccomp_rules[];

#endif
