/* The host's devices in a container. See devices_of.h. */
#include "engine/container/devices_of.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/container/oci_mounts.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 8 /* directories in directories of /dev */

void device_option_release(struct device_option *device)
{
        free(device->host);
        free(device->inside);
        *device = (struct device_option){ 0 };
}

static bool is_permissions(const char *text)
{
        return text[0] && text[strspn(text, "rwm")] == '\0';
}

int device_option_parse(const char *text, struct device_option *device_out, struct error *err)
{
        AUTO(strv) parts = { 0 };
        const char *permissions = "rwm", *inside = NULL;

        strv_split(&parts, text, ':');
        for (size_t i = 1; i < parts.count; i++) {
                if (i == 1 && parts.items[i][0] == '/')
                        inside = parts.items[i];
                else if (i + 1 == parts.count && is_permissions(parts.items[i]))
                        permissions = parts.items[i];
                else
                        return error_set(err, ERROR_USAGE,
                                         "invalid device specification \"%s\": expected "
                                         "HOST[:CONTAINER][:rwm]",
                                         text);
        }
        if (parts.items[0][0] != '/' && strchr(parts.items[0], '='))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "device \"%s\": CDI devices are not offered; name the device's "
                                 "file",
                                 text);
        if (parts.items[0][0] != '/')
                return error_set(err, ERROR_USAGE,
                                 "invalid device specification \"%s\": the path is not absolute",
                                 text);
        *device_out =
                (struct device_option){ .host = path_clean(parts.items[0]),
                                        .inside = path_clean(inside ? inside : parts.items[0]),
                                        .writable = strchr(permissions, 'w') != NULL };
        return 0;
}

static bool is_device(const char *path)
{
        struct stat st;

        return lstat(path, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode));
}

static void add_one(json_t *mounts, const char *host, const char *inside, bool writable)
{
        oci_mount_add(mounts, inside, "bind", host,
                      writable ? "bind,slave,nosuid,noexec" : "bind,slave,nosuid,noexec,ro");
}

/* What is not to be taken from a directory. */
typedef bool skip_fn(const char *path);

/* Returns how many there are below the directory. */
static size_t add_tree(json_t *mounts, const char *host, const char *inside, bool writable,
                       int depth, skip_fn *skip)
{
        DIR *dir = depth < DEPTH_MAX ? opendir(host) : NULL;
        struct dirent *entry;
        size_t count = 0;

        while (dir && (entry = readdir(dir))) {
                AUTO_FREE char *from = path_join(host, entry->d_name);
                AUTO_FREE char *to = path_join(inside, entry->d_name);

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                    (skip && skip(from)))
                        continue;
                if (entry->d_type == DT_DIR) {
                        count += add_tree(mounts, from, to, writable, depth + 1, skip);
                } else if (is_device(from)) {
                        add_one(mounts, from, to, writable);
                        count++;
                }
        }
        if (dir)
                closedir(dir);
        return count;
}

static int add_option(json_t *mounts, const char *text, struct error *err)
{
        AUTO(device_option) device = { 0 };
        AUTO_FREE char *host = NULL;
        struct stat st;

        if (device_option_parse(text, &device, err) < 0)
                return -1;
        host = realpath(device.host, NULL);
        if (!host || stat(host, &st) < 0)
                return error_sys(err, errno, "device %s", device.host);
        if (S_ISDIR(st.st_mode)) {
                if (add_tree(mounts, host, device.inside, device.writable, 0, NULL) > 0)
                        return 0;
                return error_set(err, ERROR_INVALID, "no devices found in %s", device.host);
        }
        if (!is_device(host))
                return error_set(err, ERROR_INVALID, "%s is not a device node", device.host);
        add_one(mounts, host, device.inside, device.writable);
        return 0;
}

/* Terminals would let the container take the host's over (podman's list); the rest is what each
 * container has for itself. */
static bool is_own(const char *path)
{
        static const char *const names[] = { "pts",    "shm",     "fd",   "mqueue",     "console",
                                             "ptmx",   "tty",     "null", "zero",       "full",
                                             "random", "urandom", ".lxc", ".lxd-mounts" };
        const char *name = strrchr(path, '/') + 1;

        if (strncmp(name, "tty", 3) == 0 && isdigit((unsigned char)name[3]))
                return true;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strcmp(names[i], name) == 0)
                        return true;
        return false;
}

int devices_of_add(json_t *mounts, const struct container_spec *spec, struct error *err)
{
        if (spec->privileged)
                (void)add_tree(mounts, "/dev", "/dev", true, 0, is_own);
        for (size_t i = 0; i < spec->devices.count; i++)
                if (add_option(mounts, spec->devices.items[i], err) < 0)
                        return -1;
        return 0;
}
