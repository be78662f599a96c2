/* Device rules as BPF. See cgroup_devices.h.
 *
 * The kernel asks the program with (type, access, major, minor) and takes 1 for yes. Each rule is a
 * block that compares and answers, or falls through to the next:
 *
 *     r2 = type; r3 = access; r4 = major; r5 = minor
 *     if r2 != TYPE goto next          unless the rule is for all types
 *     r1 = r3 & ACCESS
 *     if r1 != r3 goto next            something is wanted that the rule does not speak of
 *     if r4 != MAJOR goto next
 *     if r5 != MINOR goto next
 *     return ALLOW
 *
 * First the devices that are always allowed, then the rules from last to first, then no.
 */
#include "engine/runtime/cgroup_devices.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"

#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#define RULES_MAX    1024
#define RULE_LEN_MAX 8
#define PROGRAMS_MAX 64 /* of a cgroup, the kernel's own ceiling */
#define ACCESS_ALL   (BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)
#define ANY          (-1)

struct rule {
        bool allow;
        int type; /* BPF_DEVCG_DEV_*, or ANY */
        int access;
        json_int_t major, minor; /* or ANY */
};

static const struct rule always[] = {
        { true, BPF_DEVCG_DEV_CHAR, BPF_DEVCG_ACC_MKNOD, ANY, ANY },
        { true, BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_ACC_MKNOD, ANY, ANY },
        { true, BPF_DEVCG_DEV_CHAR, ACCESS_ALL, 1, 3 },     /* null */
        { true, BPF_DEVCG_DEV_CHAR, ACCESS_ALL, 1, 5 },     /* zero */
        { true, BPF_DEVCG_DEV_CHAR, ACCESS_ALL, 1, 7 },     /* full */
        { true, BPF_DEVCG_DEV_CHAR, ACCESS_ALL, 1, 8 },     /* random */
        { true, BPF_DEVCG_DEV_CHAR, ACCESS_ALL, 1, 9 },     /* urandom */
        { true, BPF_DEVCG_DEV_CHAR, ACCESS_ALL, 5, 0 },     /* tty */
        { true, BPF_DEVCG_DEV_CHAR, ACCESS_ALL, 5, 1 },     /* console */
        { true, BPF_DEVCG_DEV_CHAR, ACCESS_ALL, 5, 2 },     /* ptmx */
        { true, BPF_DEVCG_DEV_CHAR, ACCESS_ALL, 136, ANY }, /* pts */
        { true, BPF_DEVCG_DEV_CHAR, ACCESS_ALL, 10, 200 },  /* net/tun */
};

void cgroup_devices_release(struct cgroup_devices *devices)
{
        free(devices->items);
        *devices = (struct cgroup_devices){ 0 };
}

static void emit(struct cgroup_devices *program, int code, unsigned to, unsigned from, int skip,
                 int value)
{
        program->items[program->count++] = (struct bpf_insn){ .code = (__u8)code,
                                                              .dst_reg = to & 0xf,
                                                              .src_reg = from & 0xf,
                                                              .off = (__s16)skip,
                                                              .imm = value };
}

static void emit_start(struct cgroup_devices *program)
{
        emit(program, BPF_LDX | BPF_W | BPF_MEM, BPF_REG_2, BPF_REG_1, 0, 0);
        emit(program, BPF_ALU | BPF_AND | BPF_K, BPF_REG_2, 0, 0, 0xffff);
        emit(program, BPF_LDX | BPF_W | BPF_MEM, BPF_REG_3, BPF_REG_1, 0, 0);
        emit(program, BPF_ALU | BPF_RSH | BPF_K, BPF_REG_3, 0, 0, 16);
        emit(program, BPF_LDX | BPF_W | BPF_MEM, BPF_REG_4, BPF_REG_1, 4, 0);
        emit(program, BPF_LDX | BPF_W | BPF_MEM, BPF_REG_5, BPF_REG_1, 8, 0);
}

static void emit_answer(struct cgroup_devices *program, bool allow)
{
        emit(program, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, allow);
        emit(program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Jumps count from the instruction behind them; the block ends with the two of the answer. */
static void emit_rule(struct cgroup_devices *program, const struct rule *rule)
{
        int left = (rule->type != ANY) + 3 * (rule->access != ACCESS_ALL) + (rule->major != ANY) +
                   (rule->minor != ANY) + 2;

        if (rule->type != ANY)
                emit(program, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_2, 0, --left, rule->type);
        if (rule->access != ACCESS_ALL) {
                emit(program, BPF_ALU | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_3, 0, 0);
                emit(program, BPF_ALU | BPF_AND | BPF_K, BPF_REG_1, 0, 0, rule->access);
                left -= 3;
                emit(program, BPF_JMP | BPF_JNE | BPF_X, BPF_REG_1, BPF_REG_3, left, 0);
        }
        if (rule->major != ANY)
                emit(program, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_4, 0, --left, (int)rule->major);
        if (rule->minor != ANY)
                emit(program, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_5, 0, --left, (int)rule->minor);
        emit_answer(program, rule->allow);
}

static int parse_access(const char *text, int *access_out, struct error *err)
{
        int access = 0;

        for (const char *c = text; *c; c++) {
                if (*c == 'r')
                        access |= BPF_DEVCG_ACC_READ;
                else if (*c == 'w')
                        access |= BPF_DEVCG_ACC_WRITE;
                else if (*c == 'm')
                        access |= BPF_DEVCG_ACC_MKNOD;
                else
                        return error_set(err, ERROR_INVALID,
                                         "device access \"%s\" is not made of r, w and m", text);
        }
        *access_out = access;
        return 0;
}

static int parse_rule(const json_t *json, struct rule *rule, struct error *err)
{
        const char *type = json_get_string(json, "type", "a");

        *rule = (struct rule){ .allow = json_get_bool(json, "allow", false),
                               .type = ANY,
                               .major = json_get_int(json, "major", ANY),
                               .minor = json_get_int(json, "minor", ANY) };
        if (strcmp(type, "c") == 0 || strcmp(type, "u") == 0)
                rule->type = BPF_DEVCG_DEV_CHAR;
        else if (strcmp(type, "b") == 0)
                rule->type = BPF_DEVCG_DEV_BLOCK;
        else if (strcmp(type, "a") != 0 && type[0])
                return error_set(err, ERROR_INVALID, "device type \"%s\" is none of a, b, c", type);
        if (rule->major < ANY || rule->minor < ANY || rule->major > INT32_MAX ||
            rule->minor > INT32_MAX)
                return error_set(err, ERROR_INVALID, "a device number is out of range");
        if (!json_get_string(json, "access", "")[0]) {
                rule->access = ACCESS_ALL;
                return 0;
        }
        return parse_access(json_get_string(json, "access", ""), &rule->access, err);
}

int cgroup_devices_make(const json_t *rules, struct cgroup_devices *devices_out, struct error *err)
{
        size_t count = json_array_size(rules);
        AUTO(cgroup_devices) program = { 0 };

        if (count > RULES_MAX)
                return error_set(err, ERROR_TOO_LARGE, "more than %d device rules", RULES_MAX);
        if (count == 0)
                return 0;
        program.items = xcalloc((count + ARRAY_SIZE(always) + 1) * (RULE_LEN_MAX + 1),
                                sizeof(*program.items));
        emit_start(&program);
        for (size_t i = 0; i < ARRAY_SIZE(always); i++)
                emit_rule(&program, &always[i]);
        for (size_t i = count; i-- > 0;) {
                struct rule rule;

                if (parse_rule(json_array_get(rules, i), &rule, err) < 0)
                        return -1;
                emit_rule(&program, &rule);
                /* What stands before a rule for everything is never reached, which the kernel's
                 * verifier refuses. */
                if (rule.type == ANY && rule.access == ACCESS_ALL && rule.major == ANY &&
                    rule.minor == ANY)
                        goto done;
        }
        emit_answer(&program, false);
done:
        *devices_out = program;
        program = (struct cgroup_devices){ 0 };
        return 0;
}

static int bpf(int command, union bpf_attr *attr)
{
        return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int load(const struct cgroup_devices *devices)
{
        union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                                .insns = (uintptr_t)devices->items,
                                .insn_cnt = (__u32)devices->count,
                                .license = (uintptr_t) "GPL" };

        return bpf(BPF_PROG_LOAD, &attr);
}

/* Every program of a cgroup has to say yes: the old ones go once the new one is there. */
static void detach(int cgroup_fd, const __u32 *ids, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                union bpf_attr attr = { .prog_id = ids[i] };
                AUTO_CLOSE int fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
                union bpf_attr old = { .target_fd = (__u32)cgroup_fd,
                                       .attach_bpf_fd = (__u32)fd,
                                       .attach_type = BPF_CGROUP_DEVICE };

                if (fd >= 0)
                        (void)bpf(BPF_PROG_DETACH, &old);
        }
}

/* Those that are there now; 0 where that cannot be asked. */
static size_t attached(int cgroup_fd, __u32 *ids)
{
        union bpf_attr attr = { 0 };

        attr.query.target_fd = (__u32)cgroup_fd;
        attr.query.attach_type = BPF_CGROUP_DEVICE;
        attr.query.prog_ids = (uintptr_t)ids;
        attr.query.prog_cnt = PROGRAMS_MAX;
        return bpf(BPF_PROG_QUERY, &attr) == 0 ? attr.query.prog_cnt : 0;
}

int cgroup_devices_attach(int cgroup_fd, const struct cgroup_devices *devices, struct error *err)
{
        AUTO_CLOSE int fd = devices->items ? load(devices) : -1;
        __u32 old[PROGRAMS_MAX];
        union bpf_attr attr = { .target_fd = (__u32)cgroup_fd,
                                .attach_bpf_fd = (__u32)fd,
                                .attach_type = BPF_CGROUP_DEVICE,
                                .attach_flags = BPF_F_ALLOW_MULTI };
        size_t count;

        if (!devices->items)
                return 0;
        if (fd < 0 && (errno == EPERM || errno == EACCES)) {
                log_info("device rules need root's BPF: the nodes in the container's /dev are what "
                         "it has, continuing");
                return 0;
        }
        if (fd < 0)
                return error_sys(err, errno, "load the device rules");
        count = attached(cgroup_fd, old);
        if (bpf(BPF_PROG_ATTACH, &attr) < 0)
                return error_sys(err, errno, "attach the device rules to the cgroup");
        detach(cgroup_fd, old, count);
        return 0;
}
