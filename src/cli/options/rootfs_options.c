/* See rootfs_options.h. A colon that begins nothing known belongs to the directory's name. */
#include "cli/options/rootfs_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"

#include <string.h>
#include <sys/stat.h>

static int refuse_idmap(const char *text, struct error *err)
{
        error_set(err, ERROR_UNSUPPORTED,
                  "--rootfs %s: idmap is not supported: only real root may map the ids of a file "
                  "system of the host's",
                  text);
        return error_cure(err, "give the files the ids of the container: kelp unshare chown");
}

int rootfs_options_fill(const struct rootfs_args *args, const char *operand,
                        struct container_spec *spec, struct error *err)
{
        const char *colon = strrchr(operand, ':');
        AUTO_FREE char *path = NULL;
        struct stat st;

        if (!args->given)
                return 0;
        if (colon && (strcmp(colon, ":idmap") == 0 || strncmp(colon, ":idmap=", 7) == 0))
                return refuse_idmap(operand, err);
        spec->rootfs_overlay = colon && strcmp(colon, ":O") == 0;
        path = spec->rootfs_overlay ? xstrndup(operand, (size_t)(colon - operand))
                                    : xstrdup(operand);
        if (!path[0])
                return error_set(err, ERROR_USAGE, "--rootfs needs a directory");
        spec->rootfs = path_absolute(path);
        if (stat(spec->rootfs, &st) < 0)
                return error_sys(err, errno, "--rootfs %s", spec->rootfs);
        if (!S_ISDIR(st.st_mode))
                return error_set(err, ERROR_USAGE, "--rootfs %s is no directory", spec->rootfs);
        return 0;
}
