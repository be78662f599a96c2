/* Capabilities: names, defaults, and putting sets in place. See capability.h. */
#include "engine/runtime/capability.h"

#include "base/cleanup.h"
#include "base/log.h"

#include <linux/capability.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define BIT(n) (1ULL << (n))

static const char *const names[] = {
        "CAP_CHOWN",
        "CAP_DAC_OVERRIDE",
        "CAP_DAC_READ_SEARCH",
        "CAP_FOWNER",
        "CAP_FSETID",
        "CAP_KILL",
        "CAP_SETGID",
        "CAP_SETUID",
        "CAP_SETPCAP",
        "CAP_LINUX_IMMUTABLE",
        "CAP_NET_BIND_SERVICE",
        "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN",
        "CAP_NET_RAW",
        "CAP_IPC_LOCK",
        "CAP_IPC_OWNER",
        "CAP_SYS_MODULE",
        "CAP_SYS_RAWIO",
        "CAP_SYS_CHROOT",
        "CAP_SYS_PTRACE",
        "CAP_SYS_PACCT",
        "CAP_SYS_ADMIN",
        "CAP_SYS_BOOT",
        "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE",
        "CAP_SYS_TIME",
        "CAP_SYS_TTY_CONFIG",
        "CAP_MKNOD",
        "CAP_LEASE",
        "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL",
        "CAP_SETFCAP",
        "CAP_MAC_OVERRIDE",
        "CAP_MAC_ADMIN",
        "CAP_SYSLOG",
        "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND",
        "CAP_AUDIT_READ",
        "CAP_PERFMON",
        "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE",
};

/* containers.conf(5), default_capabilities */
static const uint64_t default_set = BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) |
                                    BIT(CAP_FSETID) | BIT(CAP_KILL) | BIT(CAP_NET_BIND_SERVICE) |
                                    BIT(CAP_SETFCAP) | BIT(CAP_SETGID) | BIT(CAP_SETPCAP) |
                                    BIT(CAP_SETUID) | BIT(CAP_SYS_CHROOT);

uint64_t capability_default(void)
{
        return default_set;
}

uint64_t capability_all(void)
{
        uint64_t all = 0;

        for (unsigned cap = 0; cap < ARRAY_SIZE(names); cap++)
                if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0)
                        all |= BIT(cap);
        return all;
}

static int number_of(const char *name)
{
        for (unsigned cap = 0; cap < ARRAY_SIZE(names); cap++)
                if (strcasecmp(names[cap], name) == 0 || strcasecmp(names[cap] + 4, name) == 0)
                        return (int)cap;
        return -1;
}

int capability_parse_list(const struct strv *list, uint64_t *set_out, struct error *err)
{
        uint64_t set = 0;

        for (size_t i = 0; i < list->count; i++) {
                int cap = number_of(list->items[i]);

                if (strcasecmp(list->items[i], "ALL") == 0)
                        set |= capability_all();
                else if (cap >= 0)
                        set |= BIT(cap);
                else
                        return error_set(err, ERROR_USAGE, "unknown capability \"%s\"",
                                         list->items[i]);
        }
        *set_out = set;
        return 0;
}

static bool has_all(const struct strv *list)
{
        for (size_t i = 0; i < list->count; i++)
                if (strcasecmp(list->items[i], "ALL") == 0)
                        return true;
        return false;
}

int capability_merge(uint64_t base, const struct strv *add, const struct strv *drop,
                     uint64_t *set_out, struct error *err)
{
        uint64_t added, dropped;

        if (capability_parse_list(add, &added, err) < 0 ||
            capability_parse_list(drop, &dropped, err) < 0)
                return -1;
        if (has_all(add) && has_all(drop))
                return error_set(err, ERROR_USAGE,
                                 "adding all capabilities and dropping all "
                                 "capabilities not allowed");
        if (!has_all(add) && !has_all(drop) && (added & dropped))
                return error_set(err, ERROR_USAGE, "a capability cannot be both added and dropped");
        if (has_all(drop))
                *set_out = added;
        else if (has_all(add))
                *set_out = added & ~dropped;
        else
                *set_out = (base & ~dropped) | added;
        return 0;
}

json_t *capability_names(uint64_t set)
{
        json_t *array = json_array();

        for (unsigned cap = 0; cap < ARRAY_SIZE(names); cap++)
                if (set & BIT(cap))
                        json_array_append_new(array, json_string(names[cap]));
        return array;
}

/* *unknown: the first name that is none. */
static uint64_t set_from_json(const json_t *capabilities, const char *key, const char **unknown)
{
        uint64_t set = 0;
        size_t i;
        json_t *item;

        json_array_foreach (json_object_get(capabilities, key), i, item) {
                const char *name = json_is_string(item) ? json_string_value(item) : "";
                int cap = number_of(name);

                if (cap >= 0)
                        set |= BIT(cap);
                else if (!*unknown)
                        *unknown = name;
        }
        return set;
}

void capability_sets_from_json(const json_t *capabilities, struct capability_sets *sets_out)
{
        const char *unknown = NULL;

        sets_out->bounding = set_from_json(capabilities, "bounding", &unknown);
        sets_out->effective = set_from_json(capabilities, "effective", &unknown);
        sets_out->permitted = set_from_json(capabilities, "permitted", &unknown);
        sets_out->inheritable = set_from_json(capabilities, "inheritable", &unknown);
        sets_out->ambient = set_from_json(capabilities, "ambient", &unknown);
        if (unknown)
                log_warn("process.capabilities: capability \"%s\" is not known, continuing",
                         unknown);
}

/* Tried without asking first whether it is there: that would double the calls. */
int capability_drop_bounding(uint64_t keep, struct error *err)
{
        for (unsigned cap = 0; cap < 64; cap++) {
                if ((keep & BIT(cap)) || prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
                        continue;
                if (errno == EINVAL)
                        break; /* the kernel's last one was before */
                if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
                        return error_sys(err, EPERM, "drop capability %s",
                                         cap < ARRAY_SIZE(names) ? names[cap] : "");
        }
        return 0;
}

static int get(struct __user_cap_data_struct data[2])
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

        return (int)syscall(SYS_capget, &header, data);
}

static int set(const struct __user_cap_data_struct data[2])
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

        return (int)syscall(SYS_capset, &header, data);
}

bool capability_in_effect(unsigned cap)
{
        struct __user_cap_data_struct data[2];

        return get(data) == 0 && (data[cap / 32].effective & (1U << (cap % 32)));
}

int capability_raise(struct error *err)
{
        struct __user_cap_data_struct data[2];

        if (get(data) < 0)
                return error_sys(err, errno, "read capabilities");
        data[0].effective = data[0].permitted;
        data[1].effective = data[1].permitted;
        return set(data) < 0 ? error_sys(err, errno, "raise capabilities") : 0;
}

int capability_apply(const struct capability_sets *sets, struct error *err)
{
        struct __user_cap_data_struct data[2];
        uint64_t have, permitted, effective, inheritable;

        if (get(data) < 0)
                return error_sys(err, errno, "read capabilities");
        have = data[0].permitted | (uint64_t)data[1].permitted << 32;
        permitted = sets->permitted & have;
        effective = sets->effective & permitted;
        inheritable = sets->inheritable & have;
        for (unsigned half = 0; half < 2; half++)
                data[half] = (struct __user_cap_data_struct){
                        .effective = (uint32_t)(effective >> (32 * half)),
                        .permitted = (uint32_t)(permitted >> (32 * half)),
                        .inheritable = (uint32_t)(inheritable >> (32 * half)),
                };
        (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        if (set(data) < 0)
                return error_sys(err, errno, "set capabilities");
        for (unsigned cap = 0; cap < 64; cap++)
                if ((sets->ambient & permitted & inheritable & BIT(cap)) &&
                    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
                        return error_sys(err, errno, "set ambient capabilities");
        return 0;
}
