/* Events of a container. See oci_stats.h.
 *
 * The members are those of runc's `events`, which engines read; of what cgroup v2 does not have
 * (per-CPU time, kernel memory apart) there is nothing in them. memory.raw has the kernel's own
 * numbers.
 */
#include "engine/runtime/oci/oci_stats.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "engine/runtime/cgroup_stats.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

static json_t *number(uint64_t value)
{
        return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static void set(json_t *object, const char *key, uint64_t value)
{
        json_object_set_new(object, key, number(value));
}

static json_t *cpu(const struct cgroup_stats *s)
{
        json_t *usage = json_object(), *throttling = json_object();

        set(usage, "total", s->cpu_us * 1000);
        set(usage, "kernel", s->cpu_system_us * 1000);
        set(usage, "user", s->cpu_user_us * 1000);
        set(throttling, "periods", s->cpu_periods);
        set(throttling, "throttledPeriods", s->cpu_throttled);
        set(throttling, "throttledTime", s->cpu_throttled_us * 1000);
        return json_pack("{s:o, s:o}", "usage", usage, "throttling", throttling);
}

static json_t *entry(uint64_t usage, uint64_t max, uint64_t limit, uint64_t failed)
{
        json_t *json = json_object();

        set(json, "limit", limit);
        set(json, "usage", usage);
        set(json, "max", max);
        set(json, "failcnt", failed);
        return json;
}

/* memory.stat as it is. */
static json_t *raw_memory(int cgroup_fd)
{
        AUTO_FREE char *text = NULL;
        json_t *raw = json_object();
        char *rest, *line;

        if (fd_read_file(cgroup_fd, "memory.stat", LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return raw;
        for (rest = text; (line = strsep(&rest, "\n"));) {
                char *space = strchr(line, ' ');

                if (!space)
                        continue;
                *space = '\0';
                set(raw, line, strtoull(space + 1, NULL, 10));
        }
        return raw;
}

static json_t *memory(const struct cgroup_stats *s, int cgroup_fd)
{
        uint64_t total = s->memory_current + s->swap_current;
        uint64_t limit = s->memory_max == CGROUP_NO_LIMIT || s->swap_max == CGROUP_NO_LIMIT
                                 ? CGROUP_NO_LIMIT
                                 : s->memory_max + s->swap_max;
        json_t *json = json_object();

        set(json, "cache", s->file);
        json_object_set_new(
                json, "usage",
                entry(s->memory_current, s->memory_peak, s->memory_max, s->memory_max_hits));
        json_object_set_new(json, "swap", entry(total, 0, limit, 0));
        json_object_set_new(json, "kernel", entry(s->kernel, 0, 0, 0));
        json_object_set_new(json, "kernelTCP", entry(0, 0, 0, 0));
        json_object_set_new(json, "raw", raw_memory(cgroup_fd));
        return json;
}

static void add_io(json_t *list, const struct cgroup_io *io, const char *op, uint64_t value)
{
        json_array_append_new(list,
                              json_pack("{s:i, s:i, s:s, s:o}", "major", (int)io->major, "minor",
                                        (int)io->minor, "op", op, "value", number(value)));
}

static json_t *block_io(const struct cgroup_stats *s)
{
        json_t *bytes = json_array(), *operations = json_array();

        for (size_t i = 0; i < s->io_count; i++) {
                const struct cgroup_io *io = &s->io[i];

                add_io(bytes, io, "Read", io->read_bytes);
                add_io(bytes, io, "Write", io->write_bytes);
                add_io(bytes, io, "Discard", io->discard_bytes);
                add_io(operations, io, "Read", io->read_ops);
                add_io(operations, io, "Write", io->write_ops);
                add_io(operations, io, "Discard", io->discard_ops);
        }
        return json_pack("{s:o, s:o}", "ioServiceBytesRecursive", bytes, "ioServicedRecursive",
                         operations);
}

static json_t *huge_pages(const struct cgroup_stats *s)
{
        json_t *json = json_object();

        for (size_t i = 0; i < s->hugetlb_count; i++) {
                json_t *size = json_object();

                set(size, "usage", s->hugetlb[i].current);
                set(size, "max", s->hugetlb[i].max);
                set(size, "failcnt", s->hugetlb[i].failed);
                json_object_set_new(json, s->hugetlb[i].size, size);
        }
        return json;
}

static json_t *pressure(const struct cgroup_pressure *p)
{
        return json_pack("{s:{s:f, s:f, s:f, s:o}, s:{s:f, s:f, s:f, s:o}}", "some", "avg10",
                         p->some10, "avg60", p->some60, "avg300", p->some300, "total",
                         number(p->some_us), "full", "avg10", p->full10, "avg60", p->full60,
                         "avg300", p->full300, "total", number(p->full_us));
}

static json_t *data(const struct cgroup_stats *s, int cgroup_fd)
{
        json_t *json = json_object(), *pids = json_object(), *cpu_json = cpu(s);
        json_t *memory_json = memory(s, cgroup_fd), *io_json = block_io(s);

        set(pids, "current", s->pids_current);
        set(pids, "limit", s->pids_max == CGROUP_NO_LIMIT ? 0 : s->pids_max);
        if (s->has_pressure) {
                json_object_set_new(cpu_json, "psi", pressure(&s->cpu_pressure));
                json_object_set_new(memory_json, "psi", pressure(&s->memory_pressure));
                json_object_set_new(io_json, "psi", pressure(&s->io_pressure));
        }
        json_object_set_new(json, "cpu", cpu_json);
        json_object_set_new(json, "memory", memory_json);
        json_object_set_new(json, "pids", pids);
        json_object_set_new(json, "blkio", io_json);
        json_object_set_new(json, "hugetlb", huge_pages(s));
        return json;
}

static json_t *event(const struct oci_container *container, const char *type)
{
        json_t *json = json_object();

        json_set_string(json, "type", type);
        json_set_string(json, "id", container->id);
        return json;
}

static int open_cgroup(const struct oci_container *container, struct error *err)
{
        int fd;

        if (container->status == OCI_STOPPED)
                return error_set(err, ERROR_STATE, "container \"%s\" is stopped: it is not running",
                                 container->id);
        if (!container->record.cgroup)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "container \"%s\" has no cgroup of its own, which knows what it "
                                 "uses",
                                 container->id);
        fd = cgroup_open(container->record.cgroup);
        return fd < 0 ? error_sys(err, errno, "open cgroup %s", container->record.cgroup) : fd;
}

static json_t *stats_of(const struct oci_container *container, int cgroup_fd, struct error *err)
{
        struct cgroup_stats stats;
        json_t *json;

        if (cgroup_stats_read(cgroup_fd, &stats, err) < 0)
                return NULL;
        json = event(container, "stats");
        json_object_set_new(json, "data", data(&stats, cgroup_fd));
        return json;
}

json_t *oci_stats(const struct oci_container *container, struct error *err)
{
        AUTO_CLOSE int fd = open_cgroup(container, err);

        return fd < 0 ? NULL : stats_of(container, fd, err);
}

/* Tells how many kills there are by now. */
static uint64_t tell_kills(const struct oci_container *container, int cgroup_fd, uint64_t known,
                           void (*tell)(const json_t *event))
{
        uint64_t count = cgroup_oom_kills(cgroup_fd);

        if (count > known) {
                AUTO_JSON json_t *json = event(container, "oom");

                tell(json);
        }
        return count > known ? count : known;
}

static void tell_sample(const struct oci_container *container, int cgroup_fd,
                        void (*tell)(const json_t *event))
{
        AUTO_JSON json_t *json = stats_of(container, cgroup_fd, NULL);

        if (json)
                tell(json);
}

/* The kernel says by POLLPRI that memory.events has changed since this descriptor was read, by
 * POLLIN that the process ended. */
int oci_stats_follow(const struct oci_container *container, int interval_ms,
                     void (*tell)(const json_t *event), struct error *err)
{
        AUTO_CLOSE int fd = open_cgroup(container, err);
        AUTO_CLOSE int pidfd = fd < 0 ? -1 : oci_container_pidfd(container, err);
        AUTO_CLOSE int events_fd = fd < 0 ? -1 : openat(fd, "memory.events", O_RDONLY | O_CLOEXEC);
        int64_t next = clock_monotonic_ms() + interval_ms;
        uint64_t known = fd < 0 ? 0 : cgroup_oom_kills(fd);

        if (fd < 0 || pidfd < 0)
                return -1;
        for (;;) {
                struct pollfd slots[] = { { .fd = pidfd, .events = POLLIN },
                                          { .fd = events_fd, .events = POLLPRI } };
                int64_t left = next - clock_monotonic_ms();
                char text[256];

                (void)poll(slots, ARRAY_SIZE(slots), left > 0 ? (int)left : 0);
                if (clock_monotonic_ms() >= next) {
                        tell_sample(container, fd, tell);
                        next = clock_monotonic_ms() + interval_ms;
                }
                if (slots[1].revents)
                        (void)!pread(events_fd, text, sizeof(text), 0);
                known = tell_kills(container, fd, known, tell);
                if (slots[0].revents)
                        return 0;
        }
}
