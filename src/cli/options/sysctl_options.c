/* --sysctl. See sysctl_options.h. Which ones there are is podman's list: those of the network and
 * IPC namespaces. The runtime looks once more, since it is handed specifications of others too.
 */
#include "cli/options/sysctl_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/container/containers_conf.h"
#include "engine/container/namespaces_of.h"
#include "engine/container/oci.h"

#include <ctype.h>
#include <string.h>

static const struct {
        const char *name; /* one that ends in "." stands for all that begin so */
        enum shared_kind kind;
} allowed[] = {
        { "net.", SHARED_NETWORK },      { "fs.mqueue.", SHARED_IPC },
        { "kernel.msgmax", SHARED_IPC }, { "kernel.msgmnb", SHARED_IPC },
        { "kernel.msgmni", SHARED_IPC }, { "kernel.sem", SHARED_IPC },
        { "kernel.shmall", SHARED_IPC }, { "kernel.shmmax", SHARED_IPC },
        { "kernel.shmmni", SHARED_IPC }, { "kernel.shm_rmid_forced", SHARED_IPC },
};

static bool find_kind(const char *text, size_t len, enum shared_kind *kind_out)
{
        for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
                size_t known = strlen(allowed[i].name);
                bool prefix = allowed[i].name[known - 1] == '.';

                if ((prefix ? len > known : len == known) &&
                    strncmp(text, allowed[i].name, known) == 0) {
                        *kind_out = allowed[i].kind;
                        return true;
                }
        }
        return false;
}

/* Of the form that podman takes, and its sentences. */
static int check(const char *text, enum shared_kind *kind_out, struct error *err)
{
        size_t len = strcspn(text, "=");
        const char *value = text[len] ? text + len + 1 : NULL;

        if (!value)
                return error_set(err, ERROR_USAGE,
                                 "%s is invalid, sysctl values must be in the form of KEY=VALUE",
                                 text);
        if (strchr(value, '=') || isspace((unsigned char)text[0]) ||
            (len > 0 && isspace((unsigned char)text[len - 1])) ||
            isspace((unsigned char)value[0]) ||
            (value[0] && isspace((unsigned char)value[strlen(value) - 1])))
                return error_set(err, ERROR_USAGE, "'%s' is invalid, extra spaces found", text);
        if (!find_kind(text, len, kind_out))
                return error_set(err, ERROR_USAGE, "sysctl '%.*s' is not allowed", (int)len, text);
        return 0;
}

static int refuse_host(const char *text, enum shared_kind kind, struct error *err)
{
        return error_set(err, ERROR_USAGE,
                         "sysctl %s can't be set since %s Namespace set to host: invalid argument",
                         text, kind == SHARED_IPC ? "IPC" : "Network");
}

/* Those of the files are left out where their namespace is not the container's own. */
static int add_defaults(struct container_spec *spec, struct error *err)
{
        const json_t *conf = containers_conf(err), *list, *item;
        size_t i;

        if (!conf)
                return -1;
        list = json_object_get(json_object_get(conf, "containers"), "default_sysctls");
        spec->no_default_sysctl = list != NULL;
        json_array_foreach (list, i, item) {
                const char *text = json_is_string(item) ? json_string_value(item) : "";
                enum shared_kind kind;

                if (strcmp(text, OCI_DEFAULT_SYSCTL) == 0) {
                        spec->no_default_sysctl = false;
                        continue;
                }
                if (check(text, &kind, err) < 0)
                        return error_context(err, "containers.conf, default_sysctls");
                if (namespaces_own(spec, kind))
                        strv_env_set(&spec->sysctls, text);
        }
        return 0;
}

int sysctl_options_fill(const struct sysctl_args *args, struct container_spec *spec,
                        struct error *err)
{
        if (add_defaults(spec, err) < 0)
                return -1;
        for (size_t i = 0; i < args->sysctls.count; i++) {
                const char *text = args->sysctls.items[i], *mode;
                enum shared_kind kind;

                if (check(text, &kind, err) < 0)
                        return -1;
                mode = namespaces_mode(spec, kind);
                if (mode && strcmp(mode, "host") == 0)
                        return refuse_host(text, kind, err);
                strv_env_set(&spec->sysctls, text);
        }
        return 0;
}
