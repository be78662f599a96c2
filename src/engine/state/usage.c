/* Measuring the store. See usage.h. */
#include "engine/state/usage.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
        const char *dir, *name;
} classes[] = {
        [USAGE_LAYERS] = { "layers", "Layers" },
        [USAGE_BLOBS] = { "blobs/sha256", "Blobs" },
        [USAGE_NAMES] = { "images", "Image names" },
        [USAGE_CONTAINERS] = { "containers", "Containers" },
        [USAGE_PODS] = { "pods", "Pods" },
        [USAGE_VOLUMES] = { "volumes", "Local Volumes" },
        [USAGE_PARTIAL] = { "partial", "Partial downloads" },
        [USAGE_CACHE] = { "cache", "Cache" },
        [USAGE_STAGING] = { "staging", "Staging" },
        [USAGE_STORE] = { "", "Store" },
};
static_assert(ARRAY_SIZE(classes) == USAGE_CLASS_COUNT, "a directory for each class");

struct seen {
        dev_t dev;
        ino_t ino;
};

/* Files with several links that were counted already: a table that grows, open addressing. */
struct seen_set {
        struct seen *slots;
        size_t room, count;
};

struct meter {
        struct seen_set seen;
};

const char *usage_class_name(enum usage_class class)
{
        return classes[class].name;
}

void usage_release(struct usage *usage)
{
        for (size_t c = 0; c < USAGE_CLASS_COUNT; c++) {
                for (size_t i = 0; i < usage->counts[c]; i++)
                        free(usage->entries[c][i].name);
                free(usage->entries[c]);
        }
        *usage = (struct usage){ 0 };
}

uint64_t usage_of(const struct usage *usage, enum usage_class class, const char *name)
{
        for (size_t i = 0; i < usage->counts[class]; i++)
                if (strcmp(usage->entries[class][i].name, name) == 0)
                        return usage->entries[class][i].bytes;
        return 0;
}

static struct seen *find_slot(struct seen_set *set, dev_t dev, ino_t ino)
{
        size_t at = (size_t)(ino * 0x9e3779b97f4a7c15ULL) % set->room;

        while (set->slots[at].ino && (set->slots[at].ino != ino || set->slots[at].dev != dev))
                at = (at + 1) % set->room;
        return &set->slots[at];
}

static void grow(struct seen_set *set)
{
        struct seen_set larger = { .room = set->room ? set->room * 2 : 256 };

        larger.slots = xcalloc(larger.room, sizeof(*larger.slots));
        for (size_t i = 0; i < set->room; i++)
                if (set->slots[i].ino) {
                        *find_slot(&larger, set->slots[i].dev, set->slots[i].ino) = set->slots[i];
                        larger.count++;
                }
        free(set->slots);
        *set = larger;
}

/* True the first time. */
static bool see(struct seen_set *set, const struct stat *st)
{
        struct seen *slot;

        if (set->count * 2 >= set->room)
                grow(set);
        slot = find_slot(set, st->st_dev, st->st_ino);
        if (slot->ino)
                return false;
        *slot = (struct seen){ .dev = st->st_dev, .ino = st->st_ino };
        set->count++;
        return true;
}

static uint64_t size_of(struct meter *meter, const struct stat *st)
{
        if (!S_ISDIR(st->st_mode) && st->st_nlink > 1 && !see(&meter->seen, st))
                return 0;
        return (uint64_t)st->st_blocks * 512;
}

/* The contents of a directory, without itself. What vanishes meanwhile is not counted. */
static uint64_t measure_dir(struct meter *meter, int dir_fd, const char *name, dev_t dev)
{
        int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;
        uint64_t bytes = 0;
        struct stat st;

        while (dir && (entry = readdir(dir))) {
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                bytes += size_of(meter, &st);
                if (S_ISDIR(st.st_mode) && st.st_dev == dev)
                        bytes += measure_dir(meter, dirfd(dir), entry->d_name, dev);
        }
        if (dir)
                closedir(dir);
        return bytes;
}

uint64_t usage_tree(const struct store *store, const char *path)
{
        struct meter meter = { 0 };
        uint64_t bytes = 0;
        struct stat st;

        if (fstatat(store->root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
                bytes = measure_dir(&meter, store->root_fd, path, st.st_dev);
        free(meter.seen.slots);
        return bytes;
}

static uint64_t own_size(int dir_fd, const char *name)
{
        struct stat st;

        return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)st.st_blocks * 512
                                                                    : 0;
}

static void add_entry(struct usage *usage, enum usage_class class, const char *name, uint64_t bytes)
{
        size_t count = usage->counts[class];

        if ((count & (count - 1)) == 0) /* a power of two: full */
                usage->entries[class] = xreallocarray(usage->entries[class], count ? count * 2 : 1,
                                                      sizeof(*usage->entries[class]));
        usage->entries[class][count] =
                (struct usage_entry){ .name = xstrdup(name), .bytes = bytes };
        usage->counts[class]++;
        usage->bytes[class] += bytes;
}

static int measure_class(const struct store *store, struct meter *meter, enum usage_class class,
                         struct usage *usage, struct error *err)
{
        int fd = openat(store->root_fd, classes[class].dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;
        struct stat st;

        if (!dir)
                return error_sys(err, errno, "open %s in the store", classes[class].dir);
        while ((entry = readdir(dir))) {
                uint64_t bytes;

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                    (class == USAGE_VOLUMES && entry->d_name[0] == '.') || /* .staging */
                    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                bytes = size_of(meter, &st);
                if (S_ISDIR(st.st_mode))
                        bytes += measure_dir(meter, dirfd(dir), entry->d_name, st.st_dev);
                add_entry(usage, class, entry->d_name, bytes);
        }
        closedir(dir);
        return 0;
}

static bool is_class_dir(const char *name)
{
        for (size_t c = 0; c < USAGE_STORE; c++)
                if (strcmp(classes[c].dir, name) == 0)
                        return true;
        return strcmp(name, "blobs") == 0;
}

/* The root, its directories themselves, and what belongs to no class. */
static int measure_rest(const struct store *store, struct meter *meter, struct usage *usage,
                        struct error *err)
{
        int fd = openat(store->root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        uint64_t bytes = own_size(store->root_fd, ".") + own_size(store->root_fd, "blobs/sha256");
        struct dirent *entry;
        struct stat st;

        if (!dir)
                return error_sys(err, errno, "open the store");
        while ((entry = readdir(dir))) {
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                bytes += size_of(meter, &st);
                if (S_ISDIR(st.st_mode) && !is_class_dir(entry->d_name))
                        bytes += measure_dir(meter, dirfd(dir), entry->d_name, st.st_dev);
        }
        closedir(dir);
        usage->bytes[USAGE_STORE] = bytes;
        return 0;
}

int usage_measure(const struct store *store, struct usage *usage_out, struct error *err)
{
        AUTO(usage) usage = { 0 };
        struct meter meter = { 0 };
        int rc = 0;

        for (enum usage_class c = 0; c < USAGE_STORE && rc == 0; c++)
                rc = measure_class(store, &meter, c, &usage, err);
        if (rc == 0)
                rc = measure_rest(store, &meter, &usage, err);
        free(meter.seen.slots);
        if (rc < 0)
                return -1;
        for (size_t c = 0; c < USAGE_CLASS_COUNT; c++)
                usage.total += usage.bytes[c];
        *usage_out = usage;
        usage = (struct usage){ 0 };
        return 0;
}
