/* A cgroup's accounts, read from its files (Documentation/admin-guide/cgroup-v2.rst). Each file is
 * optional: which are there depends on the controllers that were handed down.
 *
 * Files come in three shapes: one number or "max"; lines of "key value"; lines of "name key=value
 * ...".
 */
#include "engine/runtime/cgroup_stats.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"

#include <fcntl.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static char *read_text(int dir_fd, const char *file)
{
        char *text = NULL;

        return fd_read_file(dir_fd, file, LIMIT_PROC_FILE, &text, NULL, NULL) == 0 ? text : NULL;
}

/* "max" is CGROUP_NO_LIMIT. False (and *out as it was) when there is no such file. */
static bool read_number(int dir_fd, const char *file, uint64_t *out)
{
        AUTO_FREE char *text = read_text(dir_fd, file);

        if (!text)
                return false;
        *out = strncmp(text, "max", 3) == 0 ? CGROUP_NO_LIMIT : strtoull(text, NULL, 10);
        return true;
}

struct entry {
        const char *key;
        uint64_t *value;
};

/* "key 123" by line. */
static void read_flat(int dir_fd, const char *file, const struct entry *entries, size_t count)
{
        AUTO_FREE char *text = read_text(dir_fd, file);
        char *saved = NULL;

        for (char *line = text ? strtok_r(text, "\n", &saved) : NULL; line;
             line = strtok_r(NULL, "\n", &saved)) {
                char *space = strchr(line, ' ');

                if (!space)
                        continue;
                *space = '\0';
                for (size_t i = 0; i < count; i++)
                        if (strcmp(entries[i].key, line) == 0)
                                *entries[i].value = strtoull(space + 1, NULL, 10);
        }
}

static void read_cpu(int dir_fd, struct cgroup_stats *stats)
{
        const struct entry entries[] = {
                { "usage_usec", &stats->cpu_us },
                { "user_usec", &stats->cpu_user_us },
                { "system_usec", &stats->cpu_system_us },
                { "nr_periods", &stats->cpu_periods },
                { "nr_throttled", &stats->cpu_throttled },
                { "throttled_usec", &stats->cpu_throttled_us },
        };

        read_flat(dir_fd, "cpu.stat", entries, ARRAY_SIZE(entries));
}

static void read_memory_details(int dir_fd, struct cgroup_stats *stats)
{
        const struct entry parts[] = {
                { "anon", &stats->anon },           { "file", &stats->file },
                { "kernel", &stats->kernel },       { "slab", &stats->slab },
                { "shmem", &stats->shmem },         { "inactive_file", &stats->inactive_file },
                { "pgfault", &stats->page_faults }, { "pgmajfault", &stats->major_faults },
        };
        const struct entry events[] = {
                { "oom", &stats->oom },
                { "oom_kill", &stats->oom_kill },
                { "max", &stats->memory_max_hits },
                { "high", &stats->memory_high_hits },
        };

        read_flat(dir_fd, "memory.stat", parts, ARRAY_SIZE(parts));
        read_flat(dir_fd, "memory.events", events, ARRAY_SIZE(events));
}

static void read_memory(int dir_fd, struct cgroup_stats *stats)
{
        stats->has_memory = read_number(dir_fd, "memory.current", &stats->memory_current);
        if (!stats->has_memory)
                return;
        (void)read_number(dir_fd, "memory.peak", &stats->memory_peak); /* Linux 5.19 */
        (void)read_number(dir_fd, "memory.max", &stats->memory_max);
        (void)read_number(dir_fd, "memory.high", &stats->memory_high);
        (void)read_number(dir_fd, "memory.low", &stats->memory_low);
        (void)read_number(dir_fd, "memory.swap.current", &stats->swap_current);
        (void)read_number(dir_fd, "memory.swap.max", &stats->swap_max);
        read_memory_details(dir_fd, stats);
}

/* "rbytes=1024 wbytes=0 ..." */
static void read_io_words(char *words, struct cgroup_io *io)
{
        const struct entry entries[] = {
                { "rbytes", &io->read_bytes },    { "wbytes", &io->write_bytes },
                { "rios", &io->read_ops },        { "wios", &io->write_ops },
                { "dbytes", &io->discard_bytes }, { "dios", &io->discard_ops },
        };
        char *saved = NULL;

        for (char *word = strtok_r(words, " ", &saved); word; word = strtok_r(NULL, " ", &saved)) {
                char *equals = strchr(word, '=');

                if (!equals)
                        continue;
                *equals = '\0';
                for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
                        if (strcmp(entries[i].key, word) == 0)
                                *entries[i].value = strtoull(equals + 1, NULL, 10);
        }
}

/* "8:0 rbytes=..." by device; a device without any traffic may stand there as "8:0" alone. */
static void read_io(int dir_fd, struct cgroup_stats *stats)
{
        AUTO_FREE char *text = read_text(dir_fd, "io.stat");
        char *saved = NULL;

        stats->has_io = text != NULL;
        for (char *line = text ? strtok_r(text, "\n", &saved) : NULL;
             line && stats->io_count < CGROUP_IO_MAX; line = strtok_r(NULL, "\n", &saved)) {
                struct cgroup_io *io = &stats->io[stats->io_count];
                int length = 0;

                if (sscanf(line, "%u:%u%n", &io->major, &io->minor, &length) != 2)
                        continue;
                read_io_words(line + length, io);
                stats->io_count++;
        }
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", and "full ..."
 * (Documentation/accounting/psi.rst) */
static bool read_pressure(int dir_fd, const char *file, struct cgroup_pressure *pressure)
{
        AUTO_FREE char *text = read_text(dir_fd, file);
        const char *full = text ? strstr(text, "full ") : NULL;
        unsigned long long some_us = 0, full_us = 0;

        if (!text ||
            sscanf(text, "some avg10=%lf avg60=%lf avg300=%lf total=%llu", &pressure->some10,
                   &pressure->some60, &pressure->some300, &some_us) != 4)
                return false;
        if (full)
                (void)sscanf(full, "full avg10=%lf avg60=%lf avg300=%lf total=%llu",
                             &pressure->full10, &pressure->full60, &pressure->full300, &full_us);
        pressure->some_us = some_us;
        pressure->full_us = full_us;
        return true;
}

static void read_pressures(int dir_fd, struct cgroup_stats *stats)
{
        bool cpu = read_pressure(dir_fd, "cpu.pressure", &stats->cpu_pressure);
        bool memory = read_pressure(dir_fd, "memory.pressure", &stats->memory_pressure);
        bool io = read_pressure(dir_fd, "io.pressure", &stats->io_pressure);

        stats->has_pressure = cpu || memory || io;
}

/* hugetlb.SIZE.current, .max, .events */
static void read_hugetlb_size(int dir_fd, const char *size, struct cgroup_hugetlb *out)
{
        const struct entry events[] = { { "max", &out->failed } };
        char file[64];

        snprintf(out->size, sizeof(out->size), "%s", size);
        snprintf(file, sizeof(file), "hugetlb.%s.current", out->size);
        (void)read_number(dir_fd, file, &out->current);
        snprintf(file, sizeof(file), "hugetlb.%s.max", out->size);
        (void)read_number(dir_fd, file, &out->max);
        snprintf(file, sizeof(file), "hugetlb.%s.events", out->size);
        read_flat(dir_fd, file, events, ARRAY_SIZE(events));
}

static void read_hugetlb(int dir_fd, struct cgroup_stats *stats)
{
        int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
        struct dirent *entry;

        if (!dir) {
                if (fd >= 0)
                        close(fd);
                return;
        }
        while ((entry = readdir(dir)) && stats->hugetlb_count < CGROUP_HUGETLB_MAX) {
                char size[16];
                int length = 0;

                if (sscanf(entry->d_name, "hugetlb.%15[0-9KMGTB].current%n", size, &length) == 1 &&
                    length > 0 && entry->d_name[length] == '\0')
                        read_hugetlb_size(dir_fd, size, &stats->hugetlb[stats->hugetlb_count++]);
        }
        closedir(dir);
}

bool cgroup_memory_limit(int dir_fd, uint64_t *limit_out)
{
        return read_number(dir_fd, "memory.max", limit_out);
}

bool cgroup_memory_use(int dir_fd, uint64_t least, uint64_t *use_out)
{
        uint64_t use, inactive = 0;
        const struct entry entries[] = { { "inactive_file", &inactive } };

        if (!read_number(dir_fd, "memory.current", &use))
                return false;
        if (use >= least)
                read_flat(dir_fd, "memory.stat", entries, ARRAY_SIZE(entries));
        /* Looked at later, the cache alone may be more. */
        *use_out = inactive < use ? use - inactive : 0;
        return true;
}

int cgroup_stats_read(int dir_fd, struct cgroup_stats *stats_out, struct error *err)
{
        struct cgroup_stats stats = { .memory_max = CGROUP_NO_LIMIT,
                                      .memory_high = CGROUP_NO_LIMIT,
                                      .swap_max = CGROUP_NO_LIMIT,
                                      .pids_max = CGROUP_NO_LIMIT };
        AUTO_FREE char *cpu = read_text(dir_fd, "cpu.stat");

        if (!cpu)
                return error_sys(err, errno, "read the cgroup's accounts");
        read_cpu(dir_fd, &stats);
        read_memory(dir_fd, &stats);
        stats.has_pids = read_number(dir_fd, "pids.current", &stats.pids_current);
        (void)read_number(dir_fd, "pids.max", &stats.pids_max);
        read_io(dir_fd, &stats);
        read_pressures(dir_fd, &stats);
        read_hugetlb(dir_fd, &stats);
        *stats_out = stats;
        return 0;
}
