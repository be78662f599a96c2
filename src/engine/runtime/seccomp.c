/* OCI seccomp section -> BPF, through libseccomp, kept in a cache.
 *
 * Compiling the default profile takes milliseconds; reading the program back takes microseconds.
 * A cache file is named by the SHA-256 of the section's text and kelp's version, and holds a
 * header, the instructions and their checksum. Only a file of our own that nobody else may write is
 * used, and one that does not check out is compiled anew.
 */
#include "engine/runtime/seccomp.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/runtime/seccomp_newer.h"
#include "engine/runtime/spec_check.h"

#include <ctype.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <nettle/sha2.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define CACHE_MAGIC 0x6b656c7062706632ULL
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19 */
#endif

struct cache_header {
        uint64_t magic;
        uint32_t count;
        uint32_t flags;
        unsigned char sum[SHA256_DIGEST_SIZE]; /* of the instructions */
};

struct flag_name {
        const char *name;
        uint64_t value;
};

static const struct flag_name actions[] = {
        { "SCMP_ACT_KILL", SCMP_ACT_KILL },
        { "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL },
        { "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
        { "SCMP_ACT_TRAP", SCMP_ACT_TRAP },
        { "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0) },
        { "SCMP_ACT_TRACE", SCMP_ACT_TRACE(0) },
        { "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },
        { "SCMP_ACT_LOG", SCMP_ACT_LOG },
        { "SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY },
};

static const struct flag_name operators[] = {
        { "SCMP_CMP_NE", SCMP_CMP_NE },
        { "SCMP_CMP_LT", SCMP_CMP_LT },
        { "SCMP_CMP_LE", SCMP_CMP_LE },
        { "SCMP_CMP_EQ", SCMP_CMP_EQ },
        { "SCMP_CMP_GE", SCMP_CMP_GE },
        { "SCMP_CMP_GT", SCMP_CMP_GT },
        { "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
};

static const struct flag_name filter_flags[] = {
        { "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
        { "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
        { "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
        { "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};

static const struct flag_name *find(const struct flag_name *table, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(table[i].name, name) == 0)
                        return &table[i];
        return NULL;
}

void seccomp_program_release(struct seccomp_program *program)
{
        free(program->filter);
        free(program->listener_path);
        free(program->listener_metadata);
        *program = (struct seccomp_program){ 0 };
}

static int parse_action(const char *name, const json_t *errno_value, uint32_t *action_out,
                        struct error *err)
{
        const struct flag_name *action = find(actions, ARRAY_SIZE(actions), name);
        bool given = json_is_integer(errno_value);
        json_int_t value = given ? json_integer_value(errno_value) : EPERM;

        if (!action)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "linux.seccomp: action \"%s\" is not known", name);
        *action_out = (uint32_t)action->value;
        if (*action_out == SCMP_ACT_ERRNO(0) || *action_out == SCMP_ACT_TRACE(0))
                *action_out |= (uint32_t)value & 0xffff;
        else if (given)
                return error_set(err, ERROR_INVALID,
                                 "linux.seccomp: action %s does not go with an errno", name);
        return 0;
}

static int parse_flags(const json_t *list, unsigned *flags_out, struct error *err)
{
        size_t i;
        json_t *item;

        *flags_out = 0;
        json_array_foreach (list, i, item) {
                const char *name = json_string_value(item);
                const struct flag_name *flag =
                        name ? find(filter_flags, ARRAY_SIZE(filter_flags), name) : NULL;

                if (!flag)
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "linux.seccomp: flag \"%s\" is not known",
                                         name ? name : "");
                *flags_out |= (unsigned)flag->value;
        }
        return 0;
}

uint32_t seccomp_arch_token(const char *name)
{
        char lower[32] = "";

        /* "SCMP_ARCH_X86_64" is "x86_64" to libseccomp */
        if (name && strncmp(name, "SCMP_ARCH_", 10) == 0)
                for (size_t k = 0; k + 1 < sizeof(lower) && name[10 + k]; k++)
                        lower[k] = (char)(name[10 + k] | 0x20 * (name[10 + k] != '_'));
        return seccomp_arch_resolve_name(lower);
}

static int add_architectures(scmp_filter_ctx ctx, const json_t *list, struct error *err)
{
        size_t i;
        json_t *item;

        json_array_foreach (list, i, item) {
                const char *name = json_string_value(item);
                uint32_t token = seccomp_arch_token(name);
                int rc = token ? seccomp_arch_add(ctx, token) : -EINVAL;

                if (rc < 0 && rc != -EEXIST)
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "seccomp architecture \"%s\" is not supported",
                                         name ? name : "");
        }
        return 0;
}

static int parse_args(const json_t *list, struct scmp_arg_cmp *args, unsigned *count_out,
                      struct error *err)
{
        size_t i;
        json_t *item;

        *count_out = 0;
        json_array_foreach (list, i, item) {
                const struct flag_name *op =
                        find(operators, ARRAY_SIZE(operators), json_get_string(item, "op", ""));

                if (!op || i >= 6)
                        return error_set(err, ERROR_INVALID, "a seccomp rule has a bad condition");
                args[(*count_out)++] = (struct scmp_arg_cmp){
                        .arg = (unsigned)json_get_int(item, "index", 0),
                        .op = (enum scmp_compare)op->value,
                        .datum_a = (scmp_datum_t)json_get_int(item, "value", 0),
                        .datum_b = (scmp_datum_t)json_get_int(item, "valueTwo", 0),
                };
        }
        return 0;
}

/* Several conditions on one argument mean "any of them" to runc and crun, so each becomes a rule.
 */
static bool same_argument_twice(const struct scmp_arg_cmp *args, unsigned count)
{
        for (unsigned i = 0; i < count; i++)
                for (unsigned k = 0; k < i; k++)
                        if (args[i].arg == args[k].arg)
                                return true;
        return false;
}

static int add_rule(scmp_filter_ctx ctx, uint32_t action, int number, struct scmp_arg_cmp *args,
                    unsigned count)
{
        int rc = 0;

        if (!same_argument_twice(args, count))
                return seccomp_rule_add_array(ctx, action, number, count, args);
        for (unsigned i = 0; i < count && rc == 0; i++)
                rc = seccomp_rule_add_array(ctx, action, number, 1, &args[i]);
        return rc;
}

static int add_rules(scmp_filter_ctx ctx, const json_t *entry, uint32_t default_action,
                     struct error *err)
{
        struct scmp_arg_cmp args[6];
        unsigned count;
        uint32_t action;
        size_t i;
        json_t *item;

        if (parse_action(json_get_string(entry, "action", ""), json_object_get(entry, "errnoRet"),
                         &action, err) < 0 ||
            parse_args(json_object_get(entry, "args"), args, &count, err) < 0)
                return -1;
        if (action == default_action)
                return 0;
        json_array_foreach (json_object_get(entry, "names"), i, item) {
                int number = seccomp_syscall_resolve_name(json_string_value(item));
                int rc = number == __NR_SCMP_ERROR ? 0 : add_rule(ctx, action, number, args, count);

                /* A profile may know calls that this library or architecture has not. */
                if (rc < 0 && rc != -EDOM && rc != -EFAULT)
                        return error_sys(err, -rc, "seccomp rule for %s", json_string_value(item));
        }
        return 0;
}

static int build(scmp_filter_ctx ctx, const json_t *profile, uint32_t default_action,
                 struct error *err)
{
        size_t i;
        json_t *entry;

        /* A binary tree over the call numbers: the filter runs on every call of the container. */
        (void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        (void)seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, default_action);
        if (add_architectures(ctx, json_object_get(profile, "architectures"), err) < 0)
                return -1;
        json_array_foreach (json_object_get(profile, "syscalls"), i, entry) {
                if (add_rules(ctx, entry, default_action, err) < 0)
                        return -1;
        }
        return 0;
}

static int export_program(scmp_filter_ctx ctx, struct seccomp_program *program, struct error *err)
{
        AUTO_CLOSE int fd = memfd_create("seccomp", MFD_CLOEXEC);
        char *bytes;
        size_t len;
        int rc = fd < 0 ? -errno : seccomp_export_bpf(ctx, fd);

        if (rc < 0)
                return error_sys(err, -rc, "compile the seccomp profile");
        if (lseek(fd, 0, SEEK_SET) < 0 ||
            fd_read_rest(fd, BPF_MAXINSNS * sizeof(struct sock_filter), &bytes, &len, err) < 0)
                return error_context(err, "compile the seccomp profile");
        program->count = (unsigned short)(len / sizeof(struct sock_filter));
        program->filter = (void *)bytes;
        return 0;
}

static int compile(const json_t *profile, struct seccomp_program *program, struct error *err)
{
        uint32_t default_action;
        scmp_filter_ctx ctx;
        int rc;

        if (spec_check_seccomp(profile, err) < 0 ||
            parse_action(json_get_string(profile, "defaultAction", ""),
                         json_object_get(profile, "defaultErrnoRet"), &default_action, err) < 0 ||
            parse_flags(json_object_get(profile, "flags"), &program->flags, err) < 0)
                return -1;
        ctx = seccomp_init(default_action);
        if (!ctx)
                return error_set(err, ERROR_GENERAL, "cannot set up the seccomp compiler");
        rc = build(ctx, profile, default_action, err);
        if (rc == 0)
                rc = export_program(ctx, program, err);
        seccomp_release(ctx);
        return rc < 0 ? -1 : seccomp_newer_prepend(profile, default_action, program, err);
}

static void hash(const void *data, size_t len, const char *salt, unsigned char *out)
{
        struct sha256_ctx ctx;

        sha256_init(&ctx);
        sha256_update(&ctx, strlen(salt), (const uint8_t *)salt);
        sha256_update(&ctx, len, data);
        sha256_digest(&ctx, SHA256_DIGEST_SIZE, out);
}

static bool cache_load(int cache_fd, const char *name, struct seccomp_program *program)
{
        AUTO_CLOSE int fd = openat(cache_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        AUTO_FREE struct sock_filter *filter = NULL;
        unsigned char sum[SHA256_DIGEST_SIZE];
        struct cache_header header;
        struct stat st;
        size_t len;

        if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 022) ||
            fd_read_full(fd, &header, sizeof(header)) != sizeof(header) ||
            header.magic != CACHE_MAGIC || header.count == 0 || header.count > BPF_MAXINSNS)
                return false;
        len = header.count * sizeof(*filter);
        filter = xmalloc(len);
        if (fd_read_full(fd, filter, len) != (ssize_t)len)
                return false;
        hash(filter, len, "", sum);
        if (memcmp(sum, header.sum, sizeof(sum)) != 0)
                return false;
        program->count = (unsigned short)header.count;
        program->flags = header.flags;
        program->filter = take_ptr(filter);
        return true;
}

/* Failing to keep it costs time later and nothing else. */
static void cache_store(int cache_fd, const char *name, const struct seccomp_program *program)
{
        size_t len = program->count * sizeof(*program->filter);
        AUTO_FREE char *file = xmalloc(sizeof(struct cache_header) + len);
        struct cache_header header = { .magic = CACHE_MAGIC,
                                       .count = program->count,
                                       .flags = program->flags };

        hash(program->filter, len, "", header.sum);
        memcpy(file, &header, sizeof(header));
        memcpy(file + sizeof(header), program->filter, len);
        (void)fd_write_file(cache_fd, name, file, sizeof(header) + len, 0600, NULL);
}

static bool notifies(const json_t *profile)
{
        const char *notify = "SCMP_ACT_NOTIFY";
        size_t i;
        json_t *entry;

        if (strcmp(json_get_string(profile, "defaultAction", ""), notify) == 0)
                return true;
        json_array_foreach (json_object_get(profile, "syscalls"), i, entry) {
                if (strcmp(json_get_string(entry, "action", ""), notify) == 0)
                        return true;
        }
        return false;
}

/* Whom a filter that notifies has to tell; others need nobody, whatever the profile names. */
static int find_listener(const json_t *profile, struct seccomp_program *program, struct error *err)
{
        const char *path = json_get_string(profile, "listenerPath", "");
        const char *metadata = json_get_string(profile, "listenerMetadata", NULL);
        bool needed = notifies(profile);

        if (metadata && !path[0])
                return error_set(err, ERROR_INVALID,
                                 "linux.seccomp.listenerMetadata: there is no listenerPath");
        if (needed && path[0] != '/')
                return error_set(err, ERROR_INVALID,
                                 "linux.seccomp.listenerPath: SCMP_ACT_NOTIFY needs the absolute "
                                 "path of a socket");
        if (needed) {
                program->listener_path = xstrdup(path);
                program->listener_metadata = xstrdup(metadata);
        } else {
                /* The kernel takes it with a listener only (seccomp(2)). */
                program->flags &= ~(unsigned)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
        }
        return 0;
}

static int load_or_compile(const json_t *profile, int cache_fd, struct seccomp_program *program,
                           struct error *err)
{
        AUTO_FREE char *text = json_dumps(profile, JSON_COMPACT);
        unsigned char sum[SHA256_DIGEST_SIZE];
        char name[16 + 2 * SHA256_DIGEST_SIZE] = "seccomp-";

        if (!text)
                return error_set(err, ERROR_INVALID, "the seccomp profile is not an object");
        hash(text, strlen(text), KELP_VERSION, sum);
        for (size_t i = 0; i < sizeof(sum); i++)
                sprintf(name + 8 + 2 * i, "%02x", sum[i]);
        if (cache_fd >= 0 && cache_load(cache_fd, name, program))
                return 0;
        if (compile(profile, program, err) < 0)
                return -1;
        if (cache_fd >= 0)
                cache_store(cache_fd, name, program);
        return 0;
}

int seccomp_compile(const json_t *profile, int cache_fd, struct seccomp_program *program_out,
                    struct error *err)
{
        AUTO(seccomp_program) program = { 0 };

        if (load_or_compile(profile, cache_fd, &program, err) < 0 ||
            find_listener(profile, &program, err) < 0)
                return -1;
        *program_out = program;
        program = (struct seccomp_program){ 0 };
        return 0;
}

int seccomp_program_load(const struct seccomp_program *program)
{
        struct sock_fprog fprog = { .len = program->count, .filter = program->filter };

        return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, program->flags, &fprog);
}

static void add_names(const struct flag_name *table, size_t count, struct strv *names)
{
        for (size_t i = 0; i < count; i++)
                strv_add(names, table[i].name);
}

void seccomp_names(struct strv *actions_out, struct strv *operators_out,
                   struct strv *architectures_out, struct strv *flags_out)
{
        /* libseccomp resolves these and has no list of them. */
        static const char *const architectures[] = {
                "x86",    "x86_64",    "x32",     "arm",      "aarch64",     "mips",
                "mips64", "mips64n32", "mipsel",  "mipsel64", "mipsel64n32", "ppc",
                "ppc64",  "ppc64le",   "riscv64", "s390",     "s390x",
        };

        add_names(actions, ARRAY_SIZE(actions), actions_out);
        add_names(operators, ARRAY_SIZE(operators), operators_out);
        add_names(filter_flags, ARRAY_SIZE(filter_flags), flags_out);
        for (size_t i = 0; i < ARRAY_SIZE(architectures); i++) {
                AUTO_FREE char *name = xasprintf("SCMP_ARCH_%s", architectures[i]);

                for (char *p = name; *p; p++)
                        *p = (char)toupper((unsigned char)*p);
                strv_add(architectures_out, name);
        }
}
