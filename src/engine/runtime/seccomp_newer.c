/* Calls that are newer than a seccomp profile. See seccomp_newer.h.
 *
 * A program that tries a new call and falls back to an old one does so on ENOSYS alone; a profile
 * that was written before the call, and answers EPERM, breaks it. So what is above the last call
 * that the profile names, on its architecture, is taken for unknown to its author, as runc does it.
 * The test comes before the profile's own program and falls through to it:
 *
 *     ld arch; jne ARCH, out; ld nr; (x86-64: jset or not X32, out); jgt LAST: ret ENOSYS; out:
 */
#include "engine/runtime/seccomp_newer.h"

#include "base/alloc.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <string.h>

#define X32_BIT      0x40000000u /* x32's calls are x86-64's with this bit, seccomp(2) */
#define BLOCK_MAX    6
#define ARCH_MAXIMUM 32

static bool is_open(uint32_t action)
{
        /* A tracer knows by itself what to do with a new call. */
        return action == SCMP_ACT_ALLOW || action == SCMP_ACT_LOG ||
               (action & 0xffff0000U) == SCMP_ACT_TRACE(0) || action == SCMP_ACT_ERRNO(ENOSYS);
}

static int last_call(const json_t *profile, uint32_t arch)
{
        int last = 0;
        size_t i, k;
        json_t *entry, *name;

        json_array_foreach (json_object_get(profile, "syscalls"), i, entry) {
                json_array_foreach (json_object_get(entry, "names"), k, name) {
                        int number =
                                seccomp_syscall_resolve_name_arch(arch, json_string_value(name));

                        last = number > last ? number : last;
                }
        }
        return last;
}

static void put(struct sock_filter **at, uint16_t code, uint32_t k, size_t jt, size_t jf)
{
        *(*at)++ = (struct sock_filter){ code, (uint8_t)jt, (uint8_t)jf, k };
}

static size_t put_block(struct sock_filter *block, uint32_t arch, uint32_t last)
{
        bool is_x32 = arch == SCMP_ARCH_X32, split = is_x32 || arch == SCMP_ARCH_X86_64;
        uint32_t kernel_arch = is_x32 ? SCMP_ARCH_X86_64 : arch;
        struct sock_filter *at = block;

        put(&at, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
        put(&at, BPF_JMP | BPF_JEQ | BPF_K, kernel_arch, 0, split ? 4 : 3);
        put(&at, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
        if (split)
                put(&at, BPF_JMP | BPF_JSET | BPF_K, X32_BIT, is_x32 ? 0 : 2, is_x32 ? 2 : 0);
        put(&at, BPF_JMP | BPF_JGT | BPF_K, last, 0, 1);
        put(&at, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
        return (size_t)(at - block);
}

/* The native architecture and the profile's, each once. */
static size_t architectures(const json_t *profile, uint32_t archs[ARCH_MAXIMUM])
{
        size_t count = 0, i, k;
        json_t *item;

        archs[count++] = seccomp_arch_native();
        json_array_foreach (json_object_get(profile, "architectures"), i, item) {
                uint32_t arch = seccomp_arch_token(json_string_value(item));

                for (k = 0; k < count && archs[k] != arch; k++)
                        ;
                if (arch && k == count && count < ARCH_MAXIMUM)
                        archs[count++] = arch;
        }
        return count;
}

int seccomp_newer_prepend(const json_t *profile, uint32_t default_action,
                          struct seccomp_program *program, struct error *err)
{
        struct sock_filter prefix[ARCH_MAXIMUM * BLOCK_MAX], *whole;
        uint32_t archs[ARCH_MAXIMUM];
        size_t count = architectures(profile, archs), used = 0;

        if (is_open(default_action))
                return 0;
        for (size_t i = 0; i < count; i++) {
                int last = last_call(profile, archs[i]);

                if (last > 0)
                        used += put_block(prefix + used, archs[i], (uint32_t)last);
        }
        if (used + program->count > BPF_MAXINSNS)
                return error_set(err, ERROR_INVALID,
                                 "linux.seccomp: the profile has too many rules");
        whole = xmalloc((used + program->count) * sizeof(*whole));
        memcpy(whole, prefix, used * sizeof(*whole));
        memcpy(whole + used, program->filter, program->count * sizeof(*whole));
        free(program->filter);
        program->filter = whole;
        program->count = (unsigned short)(used + program->count);
        return 0;
}
