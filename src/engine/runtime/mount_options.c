/* Mount option words to flags: tables applied word by word, the last one wins. See mount_options.h.
 *
 * Three sorts: flags of the mount, which "r" in front makes recursive; flags of the file system
 * behind it, which fsconfig(2) takes by name; and words that say how to mount.
 */
#include "engine/runtime/mount_options.h"

#include "base/cleanup.h"

#include <linux/mount.h>
#include <stdint.h>
#include <string.h>

#define MS_UNBINDABLE_ (1u << 17)
#define MS_PRIVATE_    (1u << 18)
#define MS_SLAVE_      (1u << 19)
#define MS_SHARED_     (1u << 20)

struct attribute_word {
        const char *name;
        uint64_t set, clear;
};

/* Access times are one field of three values, relatime being 0 (mount_setattr(2)). */
#define ATIME MOUNT_ATTR__ATIME

static const struct attribute_word attribute_words[] = {
        { "ro", MOUNT_ATTR_RDONLY, 0 },
        { "rw", 0, MOUNT_ATTR_RDONLY },
        { "nosuid", MOUNT_ATTR_NOSUID, 0 },
        { "suid", 0, MOUNT_ATTR_NOSUID },
        { "nodev", MOUNT_ATTR_NODEV, 0 },
        { "dev", 0, MOUNT_ATTR_NODEV },
        { "noexec", MOUNT_ATTR_NOEXEC, 0 },
        { "exec", 0, MOUNT_ATTR_NOEXEC },
        { "nodiratime", MOUNT_ATTR_NODIRATIME, 0 },
        { "diratime", 0, MOUNT_ATTR_NODIRATIME },
        { "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0 },
        { "symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW },
        { "noatime", MOUNT_ATTR_NOATIME, ATIME },
        { "strictatime", MOUNT_ATTR_STRICTATIME, ATIME },
        { "atime", 0, ATIME },
        { "relatime", 0, ATIME },
        { "norelatime", 0, ATIME },
        { "nostrictatime", 0, ATIME },
};

/* Flags of a superblock, by fsconfig(2)'s names; the empty ones are what a new one has anyway. A
 * bind mount makes no superblock: there the kernel passes over them, in mount(2) too. */
static const struct {
        const char *name, *flag;
} superblock_words[] = {
        { "sync", "sync" },
        { "async", "async" },
        { "dirsync", "dirsync" },
        { "lazytime", "lazytime" },
        { "mand", "mand" },
        { "nolazytime", "nolazytime" },
        { "nomand", "nomand" },
        { "defaults", "" },
        /* Whether the kernel logs complaints of a mount: mount(2) only. */
        { "silent", "" },
        { "loud", "" },
        /* Since Linux 6.1 a file system counts versions by itself, where it can. */
        { "iversion", "" },
        { "noiversion", "" },
};

static const struct {
        const char *name;
        uint64_t flag;
} propagation_words[] = {
        { "private", MS_PRIVATE_ },
        { "slave", MS_SLAVE_ },
        { "shared", MS_SHARED_ },
        { "unbindable", MS_UNBINDABLE_ },
};

enum how { HOW_BIND, HOW_RBIND, HOW_REMOUNT, HOW_COPY_UP, HOW_IDMAP, HOW_RIDMAP };

static const struct {
        const char *name;
        enum how how;
} how_words[] = {
        { "bind", HOW_BIND },         { "rbind", HOW_RBIND }, { "remount", HOW_REMOUNT },
        { "tmpcopyup", HOW_COPY_UP }, { "idmap", HOW_IDMAP }, { "ridmap", HOW_RIDMAP },
};

static const struct attribute_word *find_attribute(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(attribute_words); i++)
                if (strcmp(attribute_words[i].name, name) == 0)
                        return &attribute_words[i];
        return NULL;
}

bool mount_option_propagation(const char *word, uint64_t *propagation_out, bool *recursive_out)
{
        for (size_t i = 0; i < ARRAY_SIZE(propagation_words); i++) {
                bool recursive = word[0] == 'r';

                if (strcmp(word + recursive, propagation_words[i].name) != 0)
                        continue;
                *propagation_out = propagation_words[i].flag;
                *recursive_out = recursive;
                return true;
        }
        return false;
}

static bool is_bind_word(const char *word)
{
        return strcmp(word, "bind") == 0 || strcmp(word, "rbind") == 0;
}

/* The superblock words are not among them: a volume is a bind mount. */
bool mount_option_is_flag(const char *word)
{
        uint64_t flag;
        bool recursive;

        return find_attribute(word) || (word[0] == 'r' && find_attribute(word + 1)) ||
               mount_option_propagation(word, &flag, &recursive) || is_bind_word(word) ||
               strcmp(word, "tmpcopyup") == 0 || strcmp(word, "defaults") == 0;
}

static void change_attributes(struct attribute_change *change, const struct attribute_word *word)
{
        /* Of access times the clear mask stays: mount_setattr(2) wants it with any new value. */
        change->set = (change->set & ~(word->clear | word->set)) | word->set;
        change->clear = (change->clear & ~(word->set & ~(uint64_t)ATIME)) | word->clear;
}

static bool apply_attribute(struct step *step, const char *word)
{
        const struct attribute_word *plain = find_attribute(word);
        const struct attribute_word *deep = word[0] == 'r' ? find_attribute(word + 1) : NULL;

        if (plain)
                change_attributes(&step->change, plain);
        else if (deep)
                change_attributes(&step->deep, deep);
        return plain || deep;
}

static bool apply_superblock(struct step *step, const char *word)
{
        for (size_t i = 0; i < ARRAY_SIZE(superblock_words); i++) {
                if (strcmp(superblock_words[i].name, word) != 0)
                        continue;
                if (superblock_words[i].flag[0])
                        strv_add(&step->data, superblock_words[i].flag);
                return true;
        }
        return false;
}

static bool apply_how(struct step *step, const char *word)
{
        size_t i;

        for (i = 0; i < ARRAY_SIZE(how_words) && strcmp(how_words[i].name, word) != 0; i++)
                ;
        if (i == ARRAY_SIZE(how_words))
                return false;
        switch (how_words[i].how) {
        case HOW_BIND:
        case HOW_RBIND:
                if (step->kind != STEP_REMOUNT)
                        step->kind = STEP_BIND;
                step->recursive = step->recursive || how_words[i].how == HOW_RBIND;
                step->superblock = false;
                break;
        case HOW_REMOUNT:
                step->superblock = step->kind != STEP_BIND;
                step->kind = STEP_REMOUNT;
                break;
        case HOW_COPY_UP:
                step->copy_up = true;
                break;
        case HOW_IDMAP:
        case HOW_RIDMAP:
                step->idmap = true;
                step->idmap_recursive = how_words[i].how == HOW_RIDMAP;
                break;
        }
        return true;
}

static bool is_superblock_flag(const char *word)
{
        for (size_t i = 0; i < ARRAY_SIZE(superblock_words); i++)
                if (strcmp(superblock_words[i].name, word) == 0)
                        return true;
        return false;
}

/* What is left of the data of a bind mount is a word that nobody would act on. */
static int check_bind_data(struct step *step, struct error *err)
{
        for (size_t i = 0; i < step->data.count; i++)
                if (!is_superblock_flag(step->data.items[i]))
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "mount option \"%s\" of %s is not known",
                                         step->data.items[i], step->target);
        strv_release(&step->data);
        step->data = (struct strv){ 0 };
        return 0;
}

int mount_options_apply(struct step *step, const struct strv *words, struct error *err)
{
        for (size_t i = 0; i < words->count; i++) {
                const char *word = words->items[i];

                if (word[0] && !apply_attribute(step, word) && !apply_how(step, word) &&
                    !mount_option_propagation(word, &step->propagation,
                                              &step->propagation_recursive) &&
                    !apply_superblock(step, word))
                        strv_add(&step->data, word);
        }
        if (step->kind == STEP_BIND || (step->kind == STEP_REMOUNT && !step->superblock))
                return check_bind_data(step, err);
        return 0;
}

void mount_options_names(struct strv *names)
{
        for (size_t i = 0; i < ARRAY_SIZE(attribute_words); i++) {
                strv_add(names, attribute_words[i].name);
                strv_addf(names, "r%s", attribute_words[i].name);
        }
        for (size_t i = 0; i < ARRAY_SIZE(superblock_words); i++)
                strv_add(names, superblock_words[i].name);
        for (size_t i = 0; i < ARRAY_SIZE(propagation_words); i++) {
                strv_add(names, propagation_words[i].name);
                strv_addf(names, "r%s", propagation_words[i].name);
        }
        for (size_t i = 0; i < ARRAY_SIZE(how_words); i++)
                strv_add(names, how_words[i].name);
}
