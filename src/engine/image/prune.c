/* Pruning. See prune.h. */
#include "engine/image/prune.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/image/collect.h"
#include "engine/image/name.h"
#include "engine/image/past.h"
#include "engine/state/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct pruner {
        const struct store *store;
        const struct prune_options *options;
        struct image_list list;
        struct holders holders;
        struct strv *removed;
};

static bool goes(const struct pruner *p, struct image *image)
{
        const struct prune_options *o = p->options;
        bool named = o->all || o->unused_for >= 0 || o->keep_storage >= 0;

        if (image->read_only || image->intermediate || (image->names.count > 0 && !named) ||
            holders_find(&p->holders, image->id))
                return false;
        if (o->unused_for >= 0 && time(NULL) - image->used < o->unused_for)
                return false;
        return !o->match || o->match(o->data, image);
}

static int remove_image(struct pruner *p, const struct image *image, struct error *err)
{
        for (size_t i = 0; i < image->names.count; i++)
                if (name_remove(p->store, image->names.items[i], err) < 0)
                        return -1;
        if (name_remove(p->store, image->manifest.text, err) < 0)
                return -1;
        past_forget(p->store, image->id);
        strv_add(p->removed, image->id);
        return 0;
}

/* What images take: their layers and blobs. */
static int image_bytes(const struct store *store, uint64_t *bytes_out, struct error *err)
{
        AUTO(usage) usage = { 0 };

        if (usage_measure(store, &usage, err) < 0)
                return -1;
        *bytes_out = usage.bytes[USAGE_LAYERS] + usage.bytes[USAGE_BLOBS];
        return 0;
}

static int least_recent_first(const void *a, const void *b)
{
        const struct image *x = a, *y = b;

        return (x->used > y->used) - (x->used < y->used);
}

static int collect_now(const struct store *store, struct error *err)
{
        AUTO(staging) condemned = STAGING_EMPTY;

        return collect(store, true, &condemned, err);
}

/* One after the other, until what is left is small enough. */
static int shrink(struct pruner *p, struct error *err)
{
        uint64_t bytes;

        if (p->list.count)
                qsort(p->list.items, p->list.count, sizeof(*p->list.items), least_recent_first);
        for (size_t i = 0; i < p->list.count; i++) {
                if (image_bytes(p->store, &bytes, err) < 0)
                        return -1;
                if (bytes <= (uint64_t)p->options->keep_storage)
                        return 0;
                if (goes(p, &p->list.items[i]) &&
                    (remove_image(p, &p->list.items[i], err) < 0 || collect_now(p->store, err) < 0))
                        return -1;
        }
        return 0;
}

/* How many went. What they were built of may go next. */
static int prune_once(struct pruner *p, struct error *err)
{
        size_t before = p->removed->count;

        image_list_release(&p->list);
        if (image_list_load(p->store, &p->list, err) < 0)
                return -1;
        for (size_t i = 0; i < p->list.count; i++)
                if (goes(p, &p->list.items[i]) && remove_image(p, &p->list.items[i], err) < 0)
                        return -1;
        return (int)(p->removed->count - before);
}

static int prune(struct pruner *p, struct staging *condemned, struct error *err)
{
        if (p->options->keep_storage >= 0)
                return shrink(p, err);
        for (int pass = 1; pass > 0;) {
                pass = prune_once(p, err);
                if (pass < 0)
                        return -1;
        }
        return collect(p->store, true, condemned, err);
}

int image_prune(const struct store *store, const struct prune_options *options,
                struct strv *removed, struct error *err)
{
        struct pruner p = { .store = store, .options = options, .removed = removed };
        AUTO(staging) condemned = STAGING_EMPTY; /* released behind the lock */
        AUTO_CLOSE int lock = store_lock_exclusive(store, err);
        int rc;

        if (lock < 0 || image_list_load(store, &p.list, err) < 0)
                return -1;
        holders_load(store, &p.holders);
        rc = prune(&p, &condemned, err);
        holders_release(&p.holders);
        image_list_release(&p.list);
        return rc;
}

static uint64_t prune_partial(int dir_fd, const char *name, int64_t seconds)
{
        AUTO_CLOSE int fd = openat(dir_fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        struct stat st;

        if (fd < 0 || fcntl(fd, F_OFD_SETLK, &lock) < 0 || fstat(fd, &st) < 0 ||
            time(NULL) - st.st_mtime < seconds || unlinkat(dir_fd, name, 0) < 0)
                return 0;
        return (uint64_t)st.st_blocks * 512;
}

int partial_prune(const struct store *store, int64_t seconds, uint64_t *bytes_out,
                  struct error *err)
{
        int fd = openat(store->root_fd, "partial", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        if (!dir)
                return error_sys(err, errno, "open the partial downloads");
        *bytes_out = 0;
        while ((entry = readdir(dir)))
                if (entry->d_name[0] != '.')
                        *bytes_out += prune_partial(dirfd(dir), entry->d_name, seconds);
        closedir(dir);
        return 0;
}
