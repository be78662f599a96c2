/* The descriptors of kelp top. Times are Go durations, users and groups are the container's own
 * names, or with an h in front those of the machine: what podman prints. */
#include "cli/container/top_field.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "cli/output/human.h"
#include "engine/container/rootfs_of.h"
#include "engine/container/state.h"
#include "engine/runtime/capability.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000LL

static char *read_proc(pid_t pid, const char *name, size_t *len_out)
{
        AUTO_FREE char *path = xasprintf("/proc/%d/%s", (int)pid, name);
        char *text = NULL;

        return fd_read_file(AT_FDCWD, path, LIMIT_PROC_FILE, &text, len_out, NULL) < 0 ? NULL
                                                                                       : text;
}

void top_view_release(struct top_view *view)
{
        free(view->passwd);
        free(view->group);
        free(view->host_passwd);
        free(view->host_group);
        free(view->uid_map);
        free(view->gid_map);
        *view = (struct top_view){ 0 };
}

void top_view_init(const struct store *store, const struct container *container,
                   const struct processes *processes, struct top_view *view_out)
{
        struct top_view view = { .processes = processes, .now_ns = clock_now_ns() };
        AUTO(rootfs) rootfs = { 0 };
        struct timespec boot;

        rootfs_of(store, container, &rootfs);
        (void)rootfs_read_file(&rootfs, "etc/passwd", LIMIT_PASSWD, &view.passwd, NULL);
        (void)rootfs_read_file(&rootfs, "etc/group", LIMIT_PASSWD, &view.group, NULL);
        (void)fd_read_file(AT_FDCWD, "/etc/passwd", LIMIT_PASSWD, &view.host_passwd, NULL, NULL);
        (void)fd_read_file(AT_FDCWD, "/etc/group", LIMIT_PASSWD, &view.host_group, NULL, NULL);
        view.uid_map = read_proc(container->state.pid, "uid_map", NULL);
        view.gid_map = read_proc(container->state.pid, "gid_map", NULL);
        clock_gettime(CLOCK_BOOTTIME, &boot);
        view.boot_ns = view.now_ns - boot.tv_sec * SECOND_NS - boot.tv_nsec;
        *view_out = view;
}

/* A host id as the container sees it; 65534 when it is not mapped. */
static long long inside_id(const char *map, long long id)
{
        long long inside, outside, count;

        for (const char *line = map; line && *line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (sscanf(line, "%lld %lld %lld", &inside, &outside, &count) == 3 &&
                    id >= outside && id < outside + count)
                        return inside + id - outside;
                if (!*line)
                        break;
        }
        return map ? 65534 : id;
}

/* The name behind which "x:ID" stands in passwd or group, else the number. */
static char *name_of(const char *file, long long id)
{
        for (const char *line = file; line && *line; line = strchr(line, '\n')) {
                size_t len;
                const char *number;

                line += *line == '\n';
                len = strcspn(line, ":\n");
                number = line[len] == ':' ? line + len + 1 : line + len;
                number += strcspn(number, ":\n");
                if (*number == ':' && strtoll(number + 1, NULL, 10) == id && len > 0)
                        return xstrndup(line, len);
                if (!*line)
                        break;
        }
        return xasprintf("%lld", id);
}

/* "Uid:" and "Gid:" have the real, effective, saved and file system id. */
static char *user_of(const struct top_view *v, const struct process *p, unsigned which)
{
        return name_of(v->passwd, inside_id(v->uid_map, process_status_number(p, "Uid", which)));
}

static char *group_of(const struct top_view *v, const struct process *p, unsigned which)
{
        return name_of(v->group, inside_id(v->gid_map, process_status_number(p, "Gid", which)));
}

static char *text_user(const struct top_view *v, const struct process *p)
{
        return user_of(v, p, 1);
}

static char *text_ruser(const struct top_view *v, const struct process *p)
{
        return user_of(v, p, 0);
}

static char *text_group(const struct top_view *v, const struct process *p)
{
        return group_of(v, p, 1);
}

static char *text_rgroup(const struct top_view *v, const struct process *p)
{
        return group_of(v, p, 0);
}

static char *text_huser(const struct top_view *v, const struct process *p)
{
        return name_of(v->host_passwd, process_status_number(p, "Uid", 1));
}

static char *text_hgroup(const struct top_view *v, const struct process *p)
{
        return name_of(v->host_group, process_status_number(p, "Gid", 1));
}

static char *groups_of(const struct top_view *v, const struct process *p, bool host)
{
        AUTO(strbuf) out = { 0 };
        long long id;

        for (unsigned i = 0; (id = process_status_number(p, "Groups", i)) >= 0; i++) {
                AUTO_FREE char *name = host ? name_of(v->host_group, id)
                                            : name_of(v->group, inside_id(v->gid_map, id));

                strbuf_addf(&out, "%s%s", i ? "," : "", name);
        }
        return strbuf_take(&out);
}

static char *text_groups(const struct top_view *v, const struct process *p)
{
        return groups_of(v, p, false);
}

static char *text_hgroups(const struct top_view *v, const struct process *p)
{
        return groups_of(v, p, true);
}

static char *text_pid(const struct top_view *v, const struct process *p)
{
        return xasprintf("%lld", process_status_number(p, "NSpid", v->processes->level));
}

/* 0 for one whose parent is outside, as in ps(1). */
static char *text_ppid(const struct top_view *v, const struct process *p)
{
        for (size_t i = 0; i < v->processes->count; i++)
                if (v->processes->items[i].pid == p->parent)
                        return text_pid(v, &v->processes->items[i]);
        return xstrdup("0");
}

static char *text_pgid(const struct top_view *v, const struct process *p)
{
        return xasprintf("%lld", process_status_number(p, "NSpgid", v->processes->level));
}

static char *text_hpid(const struct top_view *v, const struct process *p)
{
        (void)v;
        return xasprintf("%d", (int)p->pid);
}

/* utime and stime, fields 14 and 15, in whole seconds as podman counts them. */
static int64_t cpu_ns(const struct process *p)
{
        long long ticks = process_stat_number(p, 14) + process_stat_number(p, 15);

        return ticks / sysconf(_SC_CLK_TCK) * SECOND_NS;
}

static int64_t start_ns(const struct top_view *v, const struct process *p)
{
        return v->boot_ns + process_stat_number(p, 22) * (SECOND_NS / sysconf(_SC_CLK_TCK));
}

static int64_t elapsed_ns(const struct top_view *v, const struct process *p)
{
        int64_t ns = v->now_ns - start_ns(v, p);

        return ns > 0 ? ns : 0;
}

static char *text_pcpu(const struct top_view *v, const struct process *p)
{
        int64_t elapsed = elapsed_ns(v, p);

        return xasprintf("%.3f", elapsed ? 100.0 * (double)cpu_ns(p) / (double)elapsed : 0.0);
}

static char *text_etime(const struct top_view *v, const struct process *p)
{
        return human_go_duration(elapsed_ns(v, p));
}

static char *text_time(const struct top_view *v, const struct process *p)
{
        (void)v;
        return human_go_duration(cpu_ns(p));
}

static char *text_stime(const struct top_view *v, const struct process *p)
{
        return human_go_time(start_ns(v, p) / SECOND_NS * SECOND_NS);
}

/* The device number of field 7, as tty_nr of proc(5). */
static char *text_tty(const struct top_view *v, const struct process *p)
{
        long long device = process_stat_number(p, 7);
        unsigned major = (unsigned)(device >> 8) & 0xfff;
        unsigned minor = (unsigned)((device & 0xff) | ((device >> 12) & 0xfff00));

        (void)v;
        if (major >= 136 && major <= 143)
                return xasprintf("pts/%u", minor + (major - 136) * 256);
        if (major == 4)
                return minor < 64 ? xasprintf("tty%u", minor) : xasprintf("ttyS%u", minor - 64);
        return xstrdup(major == 5 ? "console" : "?");
}

static char *text_comm(const struct top_view *v, const struct process *p)
{
        (void)v;
        return xstrdup(p->comm);
}

/* Words have NULs between them; one without any is a zombie. */
static char *text_args(const struct top_view *v, const struct process *p)
{
        size_t len = 0;
        char *text = read_proc(p->pid, "cmdline", &len);

        (void)v;
        while (len > 0 && text[len - 1] == '\0')
                len--;
        for (size_t i = 0; i < len; i++)
                if (text[i] == '\0')
                        text[i] = ' ';
        if (len > 0)
                return text;
        free(text);
        return xasprintf("[%s]", p->comm);
}

static char *text_nice(const struct top_view *v, const struct process *p)
{
        (void)v;
        return xasprintf("%lld", process_stat_number(p, 19));
}

static char *text_state(const struct top_view *v, const struct process *p)
{
        (void)v;
        return xasprintf("%c", p->stat[0]);
}

static char *text_vsz(const struct top_view *v, const struct process *p)
{
        (void)v;
        return xasprintf("%lld", process_stat_number(p, 23) / 1024);
}

static char *text_rss(const struct top_view *v, const struct process *p)
{
        (void)v;
        return xasprintf("%lld", process_stat_number(p, 24) * (sysconf(_SC_PAGESIZE) / 1024));
}

static char *text_seccomp(const struct top_view *v, const struct process *p)
{
        static const char *const words[] = { "disabled", "strict", "filter" };
        long long mode = process_status_number(p, "Seccomp", 0);

        (void)v;
        return xstrdup(mode >= 0 && mode < (long long)ARRAY_SIZE(words) ? words[mode] : "?");
}

static char *text_label(const struct top_view *v, const struct process *p)
{
        char *text = read_proc(p->pid, "attr/current", NULL);

        (void)v;
        if (!text || !text[0]) {
                free(text);
                return xstrdup("?");
        }
        text[strcspn(text, "\n")] = '\0';
        return text;
}

/* The mask is hexadecimal: "CapEff:\t00000000800405fb". */
static uint64_t mask_of(const struct process *p, const char *key)
{
        const char *text = process_status_text(p, key);

        return text ? strtoull(text, NULL, 16) : 0;
}

static char *capabilities_of(const struct process *p, const char *key)
{
        uint64_t set = mask_of(p, key);
        AUTO_JSON json_t *names = capability_names(set);
        AUTO(strbuf) out = { 0 };
        size_t i;
        json_t *name;

        if (set == 0 || set == capability_all())
                return xstrdup(set == 0 ? "none" : "full");
        json_array_foreach (names, i, name) {
                const char *text = json_string_value(name);

                strbuf_addf(&out, "%s%s", i ? "," : "",
                            strncmp(text, "CAP_", 4) == 0 ? text + 4 : text);
        }
        return strbuf_take(&out);
}

#define CAPABILITY_FIELD(name, key)                                                                \
        static char *text_##name(const struct top_view *v, const struct process *p)                \
        {                                                                                          \
                (void)v;                                                                           \
                return capabilities_of(p, key);                                                    \
        }
CAPABILITY_FIELD(capamb, "CapAmb")
CAPABILITY_FIELD(capbnd, "CapBnd")
CAPABILITY_FIELD(capeff, "CapEff")
CAPABILITY_FIELD(capinh, "CapInh")
CAPABILITY_FIELD(capprm, "CapPrm")

static const struct top_field fields[] = {
        { "args", "%a", "COMMAND", text_args },
        { "capamb", NULL, "AMBIENT CAPS", text_capamb },
        { "capbnd", NULL, "BOUNDING CAPS", text_capbnd },
        { "capeff", NULL, "EFFECTIVE CAPS", text_capeff },
        { "capinh", NULL, "INHERITED CAPS", text_capinh },
        { "capprm", NULL, "PERMITTED CAPS", text_capprm },
        { "comm", "%c", "COMMAND", text_comm },
        { "etime", "%t", "ELAPSED", text_etime },
        { "group", "%G", "GROUP", text_group },
        { "groups", NULL, "GROUPS", text_groups },
        { "hgroup", NULL, "HGROUP", text_hgroup },
        { "hgroups", NULL, "HGROUPS", text_hgroups },
        { "hpid", NULL, "HPID", text_hpid },
        { "huser", NULL, "HUSER", text_huser },
        { "label", NULL, "LABEL", text_label },
        { "nice", "%n", "NI", text_nice },
        { "pcpu", "%C", "%CPU", text_pcpu },
        { "pgid", "%r", "PGID", text_pgid },
        { "pid", "%p", "PID", text_pid },
        { "ppid", "%P", "PPID", text_ppid },
        { "rgroup", "%g", "RGROUP", text_rgroup },
        { "rss", NULL, "RSS", text_rss },
        { "ruser", "%u", "RUSER", text_ruser },
        { "seccomp", NULL, "SECCOMP", text_seccomp },
        { "state", NULL, "STATE", text_state },
        { "stime", NULL, "STIME", text_stime },
        { "time", "%x", "TIME", text_time },
        { "tty", "%y", "TTY", text_tty },
        { "user", "%U", "USER", text_user },
        { "vsz", "%z", "VSZ", text_vsz },
};

const struct top_field *top_field_find(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
                if (strcmp(fields[i].name, name) == 0 ||
                    (fields[i].code && strcmp(fields[i].code, name) == 0))
                        return &fields[i];
        return NULL;
}

void top_field_names(struct strbuf *out)
{
        for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
                strbuf_addf(out, "%s%s", i ? ", " : "", fields[i].name);
}
