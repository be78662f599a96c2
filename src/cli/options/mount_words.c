/* See mount_words.h. Nothing is dropped: a word that is not known is refused by name. Three are
 * known and mean nothing here: SELinux labels where there is no SELinux, docker's "consistency" for
 * another operating system, and "copy", the default. */
#include "cli/options/mount_words.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/container/spec_mounts.h"
#include "engine/runtime/mount_options.h"

#include <string.h>

int mount_words_source(struct container_mount *mount, const char *source, struct error *err)
{
        mount->source = path_absolute(source);
        if (access(mount->source, F_OK) == 0)
                return 0;
        if (errno == ENOENT)
                return error_set(err, ERROR_NOT_FOUND, "statfs %s: no such file or directory",
                                 mount->source);
        return error_sys(err, errno, "statfs %s", mount->source);
}

int mount_words_target(struct container_mount *mount, const char *target, struct error *err)
{
        if (!target)
                return error_set(err, ERROR_USAGE, "must set volume destination");
        if (target[0] != '/')
                return error_set(err, ERROR_USAGE,
                                 "invalid container path \"%s\", must be an absolute path", target);
        mount->target = path_clean(target);
        if (strcmp(mount->target, "/") == 0)
                return error_set(err, ERROR_USAGE,
                                 "invalid container path \"%s\": a mount cannot replace the root "
                                 "directory",
                                 target);
        return 0;
}

static bool is_propagation(const char *word)
{
        return strstr(word, "private") || strstr(word, "slave") || strstr(word, "shared") ||
               strstr(word, "unbindable");
}

static bool means_nothing(const char *word)
{
        static const char *const words[] = { "",       "z",         "Z",         "copy",
                                             "cached", "delegated", "consistent" };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcmp(words[i], word) == 0)
                        return true;
        return false;
}

static bool text_word(const char *word, const char *key, char **value)
{
        size_t len = strlen(key);

        if (strncmp(word, key, len) != 0)
                return false;
        free(*value);
        *value = xstrdup(word + len);
        return true;
}

/* Words that say how the mount is made. 1: it was one, 0: it was none. */
static int special_word(struct container_mount *m, const char *word, struct error *err)
{
        bool volume = m->kind == MOUNT_VOLUME;

        if (strcmp(word, "U") == 0)
                m->chown = true;
        else if (strcmp(word, "O") == 0)
                m->overlay = true;
        else if (volume && strcmp(word, "nocopy") == 0)
                m->no_copy = true;
        else if (volume && strcmp(word, "nocreate") == 0)
                m->no_create = true;
        else if (strcmp(word, "idmap") == 0 || strncmp(word, "idmap=", 6) == 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "volume option \"%s\" is not supported: the kernel lets only the "
                                 "owner of the file system map its ids, which is root",
                                 word);
        else if (strcmp(word, "no-dereference") == 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "volume option \"no-dereference\" is not supported: mount the "
                                 "directory that the link is in");
        else
                return text_word(word, "upperdir=", &m->upper) ||
                       text_word(word, "workdir=", &m->work) ||
                       (m->kind != MOUNT_BIND && text_word(word, "subpath=", &m->subpath));
        return 1;
}

static int check_overlay(struct container_mount *m, struct error *err)
{
        if (!m->overlay && (m->upper || m->work))
                return error_set(err, ERROR_USAGE, "upperdir and workdir need the volume option O");
        if (!m->upper != !m->work)
                return error_set(err, ERROR_USAGE,
                                 "cannot specify only one of upperdir and workdir");
        if (m->overlay && m->kind == MOUNT_IMAGE)
                return error_set(err, ERROR_USAGE, "an image is mounted with rw, not with O");
        if (!m->upper)
                return 0;
        if (m->upper[0] != '/' || m->work[0] != '/')
                return error_set(err, ERROR_USAGE, "upperdir and workdir must be absolute paths");
        if (access(m->upper, W_OK) < 0 || access(m->work, W_OK) < 0)
                return error_sys(err, errno, "upperdir %s and workdir %s", m->upper, m->work);
        return 0;
}

int mount_words_bind(struct container_mount *m, const struct strv *words, struct error *err)
{
        bool propagation = false, bind = false, access_given = false;

        for (size_t i = 0; i < words->count; i++) {
                const char *word = words->items[i];
                bool is_access = strcmp(word, "ro") == 0 || strcmp(word, "rw") == 0;
                int special = means_nothing(word) ? 1 : special_word(m, word, err);

                if (special < 0)
                        return -1;
                if (special)
                        continue;
                if (!mount_option_is_flag(word) || strcmp(word, "tmpcopyup") == 0)
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "volume option \"%s\" is not supported", word);
                if (is_access && access_given)
                        return error_set(
                                err, ERROR_USAGE,
                                "invalid options \"%s\", can only specify 1 'rw', 'ro', or "
                                "'O' option",
                                word);
                access_given = access_given || is_access;
                propagation = propagation || is_propagation(word);
                bind = bind || strcmp(word, "bind") == 0 || strcmp(word, "rbind") == 0;
                strv_add(&m->options, word);
        }
        if (access_given && m->overlay)
                return error_set(err, ERROR_USAGE, "can only specify 1 'rw', 'ro', or 'O' option");
        if (m->kind == MOUNT_BIND && !bind)
                strv_add(&m->options, "rbind");
        if (!propagation)
                strv_add(&m->options, "rprivate");
        if (m->kind == MOUNT_VOLUME && !strv_contains(words, "suid"))
                strv_add(&m->options, "nosuid");
        if (m->kind == MOUNT_VOLUME && !strv_contains(words, "dev"))
                strv_add(&m->options, "nodev");
        if (m->kind == MOUNT_IMAGE && !strv_contains(words, "rw") && !strv_contains(words, "ro"))
                strv_add(&m->options, "ro");
        return check_overlay(m, err);
}

static bool tmpfs_data(const char *word)
{
        static const char *const known[] = { "size=", "mode=",      "uid=",
                                             "gid=",  "nr_inodes=", "nr_blocks=" };

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (strncmp(word, known[i], strlen(known[i])) == 0)
                        return true;
        return false;
}

static int tmpfs_word(struct container_mount *m, const char *word, struct error *err)
{
        if (strcmp(word, "noswap") == 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "the 'noswap' option is only allowed with rootful tmpfs mounts: "
                                 "must provide an argument for option");
        if (!tmpfs_data(word) && (!mount_option_is_flag(word) || strstr(word, "bind")))
                return error_set(err, ERROR_USAGE,
                                 "unknown mount option \"%s\": invalid mount "
                                 "option",
                                 word);
        strv_add(&m->options, word);
        return 0;
}

/* podman's: nosuid, nodev, and what was at the place copied up unless "notmpcopyup". */
int mount_words_tmpfs(struct container_mount *m, const struct strv *words, struct error *err)
{
        bool tmpfs = m->kind == MOUNT_TMPFS;
        bool copy_up = tmpfs && !strv_contains(words, "notmpcopyup"), mode = false;

        if (!strv_contains(words, "suid"))
                strv_add(&m->options, "nosuid");
        if (!strv_contains(words, "dev"))
                strv_add(&m->options, "nodev");
        for (size_t i = 0; i < words->count; i++) {
                const char *word = words->items[i];

                mode = mode || strncmp(word, "mode=", 5) == 0;
                if (means_nothing(word) || strcmp(word, "notmpcopyup") == 0 ||
                    strcmp(word, "tmpcopyup") == 0)
                        continue;
                if (strcmp(word, "U") == 0)
                        m->chown = true;
                else if (tmpfs_word(m, word, err) < 0)
                        return -1;
        }
        if (!mode && tmpfs)
                strv_add(&m->options, "mode=1777");
        /* A copy has the owner and mode of what was there. */
        if (copy_up && ((!mode && !m->chown) || strv_contains(words, "tmpcopyup")))
                strv_add(&m->options, "tmpcopyup");
        return 0;
}

static bool same_list(const struct strv *a, const struct strv *b)
{
        if (a->count != b->count)
                return false;
        for (size_t i = 0; i < a->count; i++)
                if (strcmp(a->items[i], b->items[i]) != 0)
                        return false;
        return true;
}

static bool same_text(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

int mount_words_add(struct container_spec *spec, struct container_mount *mount, bool again_ok,
                    struct error *err)
{
        const struct container_mount *old = container_mount_at(spec, mount->target);

        if (old &&
            !(again_ok && old->kind == mount->kind && same_text(old->source, mount->source) &&
              same_text(old->volume, mount->volume) && (old->volume || old->kind != MOUNT_VOLUME) &&
              same_list(&old->options, &mount->options)))
                return error_set(err, ERROR_USAGE, "%s: duplicate mount destination",
                                 mount->target);
        if (old) {
                container_mount_release(mount);
                return 0;
        }
        *container_mount_add(spec, mount->kind) = *mount;
        *mount = (struct container_mount){ 0 };
        return 0;
}
