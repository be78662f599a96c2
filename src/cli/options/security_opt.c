/* --security-opt of run and create: a function for each key. See security_opt.h. */
#include "cli/options/security_opt.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int add_seccomp(const char *value, struct container_spec *spec, struct error *err)
{
        free(spec->seccomp);
        spec->seccomp = strcmp(value, "unconfined") == 0 ? xstrdup(value) : path_absolute(value);
        if (strcmp(value, "unconfined") != 0 && access(spec->seccomp, R_OK) < 0)
                return error_sys(err, errno, "seccomp profile %s", spec->seccomp);
        return 0;
}

static int add_no_new_privileges(const char *value, struct container_spec *spec, struct error *err)
{
        bool off = strcmp(value, "false") == 0;

        if (value[0] && !off && strcmp(value, "true") != 0)
                return error_set(err, ERROR_USAGE,
                                 "--security-opt no-new-privileges=%s is neither true nor false",
                                 value);
        spec->no_new_privileges = !off;
        return 0;
}

/* Relative paths mean nothing in a container. */
static int add_paths(const char *key, const char *value, struct strv *paths, struct error *err)
{
        AUTO(strv) words = { 0 };

        strv_split(&words, value, ':');
        for (size_t i = 0; i < words.count; i++) {
                if (words.items[i][0] != '/' && strcasecmp(words.items[i], "ALL") != 0)
                        return error_set(err, ERROR_USAGE,
                                         "--security-opt %s: \"%s\" is not an absolute path", key,
                                         words.items[i]);
                strv_add(paths, words.items[i]);
        }
        return 0;
}

static int add_mask(const char *value, struct container_spec *spec, struct error *err)
{
        if (strcasecmp(value, "ALL") == 0)
                return error_set(err, ERROR_USAGE,
                                 "--security-opt mask: \"%s\" is not an absolute path", value);
        return add_paths("mask", value, &spec->mask, err);
}

static int add_unmask(const char *value, struct container_spec *spec, struct error *err)
{
        return add_paths("unmask", value, &spec->unmask, err);
}

/* docker's word for unmask=ALL */
static int add_system_paths(const char *value, struct container_spec *spec, struct error *err)
{
        if (strcmp(value, "unconfined") != 0)
                return error_set(err, ERROR_USAGE,
                                 "invalid systempaths option \"%s\", only `unconfined` is "
                                 "supported",
                                 value);
        strv_add(&spec->unmask, "ALL");
        return 0;
}

/* Nothing is confined unless a profile is named. */
static int add_apparmor(const char *value, struct container_spec *spec, struct error *err)
{
        (void)err;
        free(spec->apparmor);
        spec->apparmor = strcmp(value, "unconfined") == 0 ? NULL : xstrdup(value);
        return 0;
}

static int add_proc_options(const char *value, struct container_spec *spec, struct error *err)
{
        (void)err;
        strv_split(&spec->proc_options, value, ',');
        return 0;
}

/* A container has the label of whoever starts it: there is nothing to disable. */
static int add_label(const char *value, struct container_spec *spec, struct error *err)
{
        if (strcmp(value, "disable") != 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--security-opt label=%s is not supported: containers keep the "
                                 "SELinux label of their caller (label=disable is)",
                                 value);
        spec->label_disabled = true;
        return 0;
}

int security_opt_add(const char *text, struct container_spec *spec, struct error *err)
{
        static const struct {
                const char *key;
                int (*add)(const char *value, struct container_spec *spec, struct error *err);
        } options[] = {
                { "apparmor", add_apparmor },
                { "label", add_label },
                { "mask", add_mask },
                { "no-new-privileges", add_no_new_privileges },
                { "proc-opts", add_proc_options },
                { "seccomp", add_seccomp },
                { "systempaths", add_system_paths },
                { "unmask", add_unmask },
        };
        size_t len = strcspn(text, "=:");
        const char *value = text[len] ? text + len + 1 : "";

        for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
                if (strlen(options[i].key) != len || strncmp(options[i].key, text, len) != 0)
                        continue;
                if (!value[0] && options[i].add != add_no_new_privileges)
                        break;
                return options[i].add(value, spec, err);
        }
        return error_set(err, ERROR_UNSUPPORTED,
                         "--security-opt %s is not supported (apparmor=, label=disable, mask=, "
                         "no-new-privileges, proc-opts=, seccomp=, systempaths=unconfined and "
                         "unmask= are)",
                         text);
}
