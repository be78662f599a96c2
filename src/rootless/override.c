/* The record of an owner that the kernel cannot give a file. See override.h. Attributes are reached
 * through /proc/self/fd, since the calls that take a descriptor refuse O_PATH ones. */
#include "rootless/override.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define PLACE_MAX (sizeof("/proc/self/fd/") + 12 + NAME_MAX + 1)

static bool parse_number(const char **text, unsigned base, unsigned long max, unsigned long *out)
{
        char *end;

        if (**text < '0' || **text > '9')
                return false;
        errno = 0;
        *out = strtoul(*text, &end, (int)base);
        if (errno || *out > max)
                return false;
        *text = end;
        return true;
}

static bool parse_device(const char *type, struct override *override)
{
        bool block = strncmp(type, "block-", 6) == 0;
        unsigned long major, minor;

        if (!block && strncmp(type, "char-", 5) != 0)
                return true;
        type += block ? 6 : 5;
        if (!parse_number(&type, 10, UINT_MAX, &major) || *type++ != '-' ||
            !parse_number(&type, 10, UINT_MAX, &minor))
                return false;
        override->type = block ? S_IFBLK : S_IFCHR;
        override->rdev = makedev((unsigned)major, (unsigned)minor);
        return true;
}

bool override_parse(const char *text, size_t len, struct override *override_out)
{
        struct override override = { 0 };
        char copy[OVERRIDE_TEXT_MAX];
        const char *p = copy;
        unsigned long uid, gid, mode;

        if (len >= sizeof(copy))
                return false;
        memcpy(copy, text, len);
        copy[len] = '\0';
        if (!parse_number(&p, 10, UINT_MAX - 1UL, &uid) || *p++ != ':' ||
            !parse_number(&p, 10, UINT_MAX - 1UL, &gid) || *p++ != ':' ||
            !parse_number(&p, 8, 07777777, &mode) || (*p && *p != ':'))
                return false;
        if (*p && !parse_device(p + 1, &override))
                return false;
        override.uid = (uid_t)uid;
        override.gid = (gid_t)gid;
        *override_out = override;
        return true;
}

static const char *type_name(mode_t mode)
{
        switch (mode & S_IFMT) {
        case S_IFDIR:
                return "dir";
        case S_IFLNK:
                return "symlink";
        case S_IFIFO:
                return "pipe";
        case S_IFSOCK:
                return "socket";
        default:
                return "file";
        }
}

size_t override_format(const struct override *override, mode_t mode,
                       char text_out[OVERRIDE_TEXT_MAX])
{
        int len = snprintf(text_out, OVERRIDE_TEXT_MAX, "%u:%u:%04o:", override->uid, override->gid,
                           mode & 07777);
        char *rest = text_out + len;
        size_t room = OVERRIDE_TEXT_MAX - (size_t)len;

        if (override->type)
                len += snprintf(rest, room, "%s-%u-%u", S_ISBLK(override->type) ? "block" : "char",
                                major(override->rdev), minor(override->rdev));
        else
                len += snprintf(rest, room, "%s", type_name(mode));
        return (size_t)len;
}

static bool keeps_its_own(const struct stat *st)
{
        return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode);
}

/* Is the last part of the path a descriptor, whose magic link is to be followed? Else it is a name,
 * and somebody may put a link there meanwhile. */
static bool ends_in_descriptor(const struct override_place *place)
{
        return place->fd >= 0 || !keeps_its_own(place->st);
}

/* The path that leads to the record, and the attribute's name. False: there is no place for one. */
static bool locate(const struct override_place *place, char path[PLACE_MAX],
                   char xattr[XATTR_NAME_MAX + 1])
{
        bool own = keeps_its_own(place->st);

        if (own && place->fd >= 0)
                snprintf(path, PLACE_MAX, "/proc/self/fd/%d", place->fd);
        else if (own && place->dir_fd >= 0)
                snprintf(path, PLACE_MAX, "/proc/self/fd/%d/%s", place->dir_fd, place->name);
        else if (place->dir_fd >= 0)
                snprintf(path, PLACE_MAX, "/proc/self/fd/%d", place->dir_fd);
        else
                return false;
        return snprintf(xattr, XATTR_NAME_MAX + 1, "%s%s",
                        own ? OVERRIDE_XATTR : OVERRIDE_XATTR_MEMBER,
                        own ? "" : place->name) <= XATTR_NAME_MAX;
}

bool override_get(const struct override_place *place, struct override *override_out)
{
        char path[PLACE_MAX], xattr[XATTR_NAME_MAX + 1], text[OVERRIDE_TEXT_MAX];
        struct override override;
        ssize_t len;

        if (!locate(place, path, xattr))
                return false;
        len = ends_in_descriptor(place) ? getxattr(path, xattr, text, sizeof(text))
                                        : lgetxattr(path, xattr, text, sizeof(text));
        if (len <= 0 || !override_parse(text, (size_t)len, &override))
                return false;
        if (!S_ISREG(place->st->st_mode))
                override.type = 0; /* only an empty file stands for a device */
        *override_out = override;
        return true;
}

int override_set(const struct override_place *place, const struct override *override)
{
        const struct stat *st = place->st;
        bool follow = ends_in_descriptor(place);
        char path[PLACE_MAX], xattr[XATTR_NAME_MAX + 1], text[OVERRIDE_TEXT_MAX];
        size_t len = override_format(override, st->st_mode, text);

        if (!locate(place, path, xattr)) {
                errno = ENOTSUP;
                return -1;
        }
        if (override->type || override->uid != st->st_uid || override->gid != st->st_gid)
                return follow ? setxattr(path, xattr, text, len, 0)
                              : lsetxattr(path, xattr, text, len, 0);
        if ((follow ? removexattr(path, xattr) : lremovexattr(path, xattr)) == 0 ||
            errno == ENODATA || errno == ENOTSUP)
                return 0;
        return -1;
}

void override_apply(const struct override *override, struct stat *st)
{
        st->st_uid = override->uid;
        st->st_gid = override->gid;
        if (!override->type)
                return;
        st->st_mode = override->type | (st->st_mode & 07777);
        st->st_rdev = override->rdev;
        st->st_size = 0;
        st->st_blocks = 0;
}

bool override_is_xattr(const char *name)
{
        return strcmp(name, OVERRIDE_XATTR) == 0 ||
               strncmp(name, OVERRIDE_XATTR_MEMBER, strlen(OVERRIDE_XATTR_MEMBER)) == 0;
}
