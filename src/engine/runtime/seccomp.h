/* seccomp: an OCI profile (linux.seccomp of config.json) to BPF, compiled once and cached.
 *
 * libseccomp compiles; the program is kept under CACHE/seccomp/HASH, where HASH covers the profile,
 * the architecture and kelp's version. A damaged cache file is compiled anew.
 */
#ifndef KELP_ENGINE_RUNTIME_SECCOMP_H
#define KELP_ENGINE_RUNTIME_SECCOMP_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

struct seccomp_program {
        struct sock_filter *filter; /* owned */
        unsigned short count;
        unsigned flags; /* SECCOMP_FILTER_FLAG_* of the profile */
        /* With SCMP_ACT_NOTIFY: who gets the listener (seccomp_notify.h); else NULL. */
        char *listener_path, *listener_metadata;
};

void seccomp_program_release(struct seccomp_program *program);

/* Compile linux.seccomp, or take it from the cache in cache_fd (a directory; -1: no cache). */
int seccomp_compile(const json_t *profile, int cache_fd, struct seccomp_program *program_out,
                    struct error *err);

/* The words that a profile may have. */
void seccomp_names(struct strv *actions_out, struct strv *operators_out,
                   struct strv *architectures_out, struct strv *flags_out);

/* libseccomp's token of "SCMP_ARCH_X86_64" and so on; 0: not known. */
uint32_t seccomp_arch_token(const char *name);

/* Load it into this process (seccomp(2)); async-signal-safe, after fork. -1 with errno. */
int seccomp_program_load(const struct seccomp_program *program);

#endif
