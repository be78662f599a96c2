/* Mount option words to flags: one table, applied word by word, the last one wins. */
#include "engine/runtime/mount_options.h"

#include "base/cleanup.h"

#include <linux/mount.h>
#include <stdint.h>
#include <string.h>

#define MS_UNBINDABLE_ (1u << 17)
#define MS_PRIVATE_    (1u << 18)
#define MS_SLAVE_      (1u << 19)
#define MS_SHARED_     (1u << 20)

enum { RECURSIVE = 1, BIND = 2, RECURSIVE_ATTRIBUTE = 4, COPY_UP = 8, ATIME = 16 };

struct word {
        const char *name;
        uint64_t set;
        uint64_t clear;
        uint64_t propagation;
        unsigned how;
};

static const struct word words[] = {
        { "ro", MOUNT_ATTR_RDONLY, 0, 0, 0 },
        { "rw", 0, MOUNT_ATTR_RDONLY, 0, 0 },
        { "rro", MOUNT_ATTR_RDONLY, 0, 0, RECURSIVE_ATTRIBUTE },
        { "nosuid", MOUNT_ATTR_NOSUID, 0, 0, 0 },
        { "suid", 0, MOUNT_ATTR_NOSUID, 0, 0 },
        { "nodev", MOUNT_ATTR_NODEV, 0, 0, 0 },
        { "dev", 0, MOUNT_ATTR_NODEV, 0, 0 },
        { "noexec", MOUNT_ATTR_NOEXEC, 0, 0, 0 },
        { "exec", 0, MOUNT_ATTR_NOEXEC, 0, 0 },
        { "noatime", MOUNT_ATTR_NOATIME, 0, 0, ATIME },
        { "strictatime", MOUNT_ATTR_STRICTATIME, 0, 0, ATIME },
        { "relatime", 0, 0, 0, ATIME },
        { "nodiratime", MOUNT_ATTR_NODIRATIME, 0, 0, 0 },
        { "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0, 0, 0 },
        { "bind", 0, 0, 0, BIND },
        { "rbind", 0, 0, 0, BIND | RECURSIVE },
        { "private", 0, 0, MS_PRIVATE_, 0 },
        { "rprivate", 0, 0, MS_PRIVATE_, RECURSIVE },
        { "slave", 0, 0, MS_SLAVE_, 0 },
        { "rslave", 0, 0, MS_SLAVE_, RECURSIVE },
        { "shared", 0, 0, MS_SHARED_, 0 },
        { "rshared", 0, 0, MS_SHARED_, RECURSIVE },
        { "unbindable", 0, 0, MS_UNBINDABLE_, 0 },
        { "runbindable", 0, 0, MS_UNBINDABLE_, RECURSIVE },
        { "tmpcopyup", 0, 0, 0, COPY_UP },
        { "defaults", 0, 0, 0, 0 },
};

static const struct word *find(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcmp(words[i].name, name) == 0)
                        return &words[i];
        return NULL;
}

bool mount_option_is_flag(const char *word)
{
        return find(word) != NULL;
}

void mount_option_apply(struct step *step, const char *word)
{
        const struct word *w = find(word);

        if (!w) {
                strv_add(&step->data, word);
                return;
        }
        if (w->how & ATIME)
                step->change.set &= ~(uint64_t)MOUNT_ATTR__ATIME;
        step->change.set = (step->change.set & ~w->clear) | w->set;
        if (w->propagation)
                step->propagation = w->propagation;
        if (w->how & BIND) {
                step->kind = STEP_BIND;
                step->recursive = (w->how & RECURSIVE) != 0;
        }
        if (w->how & RECURSIVE_ATTRIBUTE)
                step->deep.set |= w->set;
        if (w->how & COPY_UP)
                step->copy_up = true;
}
