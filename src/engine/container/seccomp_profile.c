/* linux.seccomp of the OCI specification: the built-in default, or a profile file in
 * containers-common's format. See seccomp_profile.h. */
#include "engine/container/seccomp_profile.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "engine/container/seccomp_table.h"
#include "engine/runtime/capability.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/utsname.h>

/* This machine, in the words of profiles (Go's GOARCH) and of the runtime specification. */
#if defined(__x86_64__)
#define OWN_ARCH  ARCH_AMD64
#define OWN_NAMES "amd64", "x32", "x86"
#define OWN_OCI   "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"
#elif defined(__aarch64__)
#define OWN_ARCH  ARCH_ARM64
#define OWN_NAMES "arm64", "arm"
#define OWN_OCI   "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"
#elif defined(__powerpc64__)
#define OWN_ARCH  ARCH_PPC64LE
#define OWN_NAMES "ppc64le"
#define OWN_OCI   "SCMP_ARCH_PPC64LE"
#elif defined(__s390x__)
#define OWN_ARCH  ARCH_S390X
#define OWN_NAMES "s390x", "s390"
#define OWN_OCI   "SCMP_ARCH_S390X", "SCMP_ARCH_S390"
#else
#error "no seccomp architecture names for this machine"
#endif

static const char *const own_names[] = { OWN_NAMES };
static const char *const own_oci[] = { OWN_OCI };

static json_t *architectures(void)
{
        json_t *array = json_array();

        for (size_t i = 0; i < ARRAY_SIZE(own_oci); i++)
                json_array_append_new(array, json_string(own_oci[i]));
        return array;
}

static json_t *split_names(const char *names)
{
        json_t *array = json_array();

        while (*names) {
                size_t len = strcspn(names, " ");

                json_array_append_new(array, json_stringn_nocheck(names, len));
                names += len + (names[len] == ' ');
        }
        return array;
}

/* One rule behind the others; args is stolen, may be NULL. errno 0: allow. */
static void add_rule(json_t *rules, json_t *names, int errno_value, json_t *args)
{
        json_t *rule = json_object();

        json_object_set_new(rule, "names", names);
        json_object_set_new(rule, "action",
                            json_string(errno_value ? "SCMP_ACT_ERRNO" : "SCMP_ACT_ALLOW"));
        if (errno_value)
                json_object_set_new(rule, "errnoRet", json_integer(errno_value));
        if (args)
                json_object_set_new(rule, "args", args);
        json_array_append_new(rules, rule);
}

static json_t *condition(int index, json_int_t value, const char *op)
{
        return json_pack("{s:i, s:I, s:s}", "index", index, "value", value, "op", op);
}

static void add_personality(json_t *rules)
{
        /* PER_LINUX, PER_LINUX32, UNAME26, both, and the query (personality(2)) */
        static const json_int_t allowed[] = { 0, 8, 0x20000, 0x20008, 0xffffffff };

        for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
                add_rule(rules, split_names("personality"), 0,
                         json_pack("[o]", condition(0, allowed[i], "SCMP_CMP_EQ")));
}

/* Without CAP_AUDIT_WRITE a netlink audit socket (AF_NETLINK 16, NETLINK_AUDIT 9) fails with
 * EINVAL. */
static void add_socket(json_t *rules, bool audit)
{
        if (audit) {
                add_rule(rules, split_names("socket"), 0, NULL);
                return;
        }
        add_rule(rules, split_names("socket"), EINVAL,
                 json_pack("[o, o]", condition(0, 16, "SCMP_CMP_EQ"),
                           condition(2, 9, "SCMP_CMP_EQ")));
        add_rule(rules, split_names("socket"), 0, json_pack("[o]", condition(2, 9, "SCMP_CMP_NE")));
        add_rule(rules, split_names("socket"), 0,
                 json_pack("[o]", condition(0, 16, "SCMP_CMP_NE")));
}

static json_t *built_in(uint64_t capabilities)
{
        json_t *rules = json_array();

        for (const struct seccomp_rule *rule = seccomp_rules; rule->names; rule++) {
                bool granted = rule->capability < 0 || (capabilities & 1ULL << rule->capability);

                if (rule->arches && !(rule->arches & OWN_ARCH))
                        continue;
                add_rule(rules, split_names(rule->names),
                         rule->action == RULE_EPERM || !granted ? EPERM : 0, NULL);
        }
        add_personality(rules);
        add_socket(rules, capabilities & 1ULL << CAP_AUDIT_WRITE);
        return json_pack("{s:s, s:i, s:o, s:o}", "defaultAction", "SCMP_ACT_ERRNO",
                         "defaultErrnoRet", ENOSYS, "architectures", architectures(), "syscalls",
                         rules);
}

static bool any_capability(const json_t *names, const struct strv *capabilities)
{
        size_t i;
        json_t *item;

        json_array_foreach (names, i, item) {
                if (json_is_string(item) && strv_contains(capabilities, json_string_value(item)))
                        return true;
        }
        return false;
}

static bool any_arch(const json_t *names)
{
        size_t i;
        json_t *item;

        json_array_foreach (names, i, item) {
                for (size_t k = 0; k < ARRAY_SIZE(own_names); k++)
                        if (json_is_string(item) &&
                            strcmp(json_string_value(item), own_names[k]) == 0)
                                return true;
        }
        return false;
}

/* "4.8": is this kernel at least that? */
static bool kernel_at_least(const char *wanted)
{
        struct utsname name;
        unsigned have_major = 0, have_minor = 0, major = 0, minor = 0;

        if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &have_major, &have_minor) != 2 ||
            sscanf(wanted, "%u.%u", &major, &minor) != 2)
                return false;
        return have_major > major || (have_major == major && have_minor >= minor);
}

/* Does the rule hold here? All of includes, none of excludes (seccomp.json(5)). */
static bool rule_holds(const json_t *rule, const struct strv *capabilities)
{
        const json_t *in = json_object_get(rule, "includes"),
                     *out = json_object_get(rule, "excludes");
        const json_t *in_caps = json_object_get(in, "caps"),
                     *in_arches = json_object_get(in, "arches");
        const char *kernel = json_get_string(in, "minKernel", NULL);

        if (json_array_size(in_caps) && !any_capability(in_caps, capabilities))
                return false;
        if (json_array_size(in_arches) && !any_arch(in_arches))
                return false;
        if (kernel && !kernel_at_least(kernel))
                return false;
        kernel = json_get_string(out, "minKernel", NULL);
        return !any_capability(json_object_get(out, "caps"), capabilities) &&
               !any_arch(json_object_get(out, "arches")) && !(kernel && kernel_at_least(kernel));
}

static json_t *resolve_rules(const json_t *profile, const struct strv *capabilities)
{
        static const char *const kept[] = { "names", "action", "errnoRet", "args" };
        json_t *rules = json_array();
        size_t i;
        json_t *rule;

        json_array_foreach (json_object_get(profile, "syscalls"), i, rule) {
                json_t *copy;

                if (!rule_holds(rule, capabilities))
                        continue;
                copy = json_object();
                for (size_t k = 0; k < ARRAY_SIZE(kept); k++)
                        if (json_object_get(rule, kept[k]) &&
                            !json_is_null(json_object_get(rule, kept[k])))
                                json_object_set(copy, kept[k], json_object_get(rule, kept[k]));
                if (!json_object_get(copy, "names") && json_object_get(rule, "name"))
                        json_object_set_new(copy, "names",
                                            json_pack("[O]", json_object_get(rule, "name")));
                json_array_append_new(rules, copy);
        }
        return rules;
}

static int from_file(const char *path, const struct strv *capabilities, json_t **section_out,
                     struct error *err)
{
        static const char *const kept[] = { "defaultAction", "defaultErrnoRet", "flags" };
        AUTO_JSON json_t *profile = NULL;
        json_t *section;

        if (json_read_file(AT_FDCWD, path, LIMIT_SECCOMP, &profile, err) < 0)
                return error_context(err, "seccomp profile");
        if (!json_is_string(json_object_get(profile, "defaultAction")))
                return error_set(err, ERROR_INVALID, "seccomp profile %s has no defaultAction",
                                 path);
        section = json_object();
        for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
                if (json_object_get(profile, kept[i]))
                        json_object_set(section, kept[i], json_object_get(profile, kept[i]));
        if (json_object_get(profile, "architectures"))
                json_object_set(section, "architectures",
                                json_object_get(profile, "architectures"));
        else
                json_object_set_new(section, "architectures", architectures());
        json_object_set_new(section, "syscalls", resolve_rules(profile, capabilities));
        *section_out = section;
        return 0;
}

int seccomp_profile_section(const char *path, const struct strv *capabilities, json_t **section_out,
                            struct error *err)
{
        uint64_t set;

        if (path)
                return from_file(path, capabilities, section_out, err);
        if (capability_parse_list(capabilities, &set, err) < 0)
                return -1;
        *section_out = built_in(set);
        return 0;
}
