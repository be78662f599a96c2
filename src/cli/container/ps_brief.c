/* The table of kelp ps, quickly. See ps_brief.h. */
#include "cli/container/ps_brief.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strv.h"
#include "cli/container/ps_extra.h"
#include "cli/container/ps_row.h"
#include "engine/container/state.h"
#include "engine/state/line_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FIELDS 9

void ps_brief_release(struct ps_brief *brief)
{
        free(brief->up);
        free(brief->name);
        free(brief->image);
        free(brief->command);
        free(brief->ports);
        *brief = (struct ps_brief){ 0 };
}

void ps_briefs_release(struct ps_briefs *briefs)
{
        for (size_t i = 0; i < briefs->count; i++)
                ps_brief_release(&briefs->items[i]);
        free(briefs->items);
        *briefs = (struct ps_briefs){ 0 };
}

void ps_brief_init(struct ps_brief *brief, const struct container *container, int64_t now)
{
        bool runs = container->state.status == CONTAINER_RUNNING;

        *brief = (struct ps_brief){
                .created_ns = container->spec.created_ns,
                .started_ns = container->state.started_ns,
                .finished_ns = container->state.finished_ns,
                .status = container->state.status,
                .exit_code = container->state.exit_code,
                .paused = container->state.paused,
                .up = runs ? ps_status_text(container, now) : NULL,
                .name = xstrdup(container->spec.name),
                .image = xstrdup(container->spec.image_name),
                .command = ps_command_text(container, true),
                .ports = ps_ports_text(&container->spec),
        };
        memcpy(brief->id, container->id, sizeof(brief->id));
}

static bool may_note(const struct container *container)
{
        const struct container_state *state = &container->state;

        return state->status == CONTAINER_CREATED || state->status == CONTAINER_EXITED ||
               (state->status == CONTAINER_RUNNING && !state->paused && !container->health[0]);
}

static void note(struct line_cache *cache, const struct stat *st, const struct container *container,
                 const struct ps_brief *b)
{
        bool runs = b->status == CONTAINER_RUNNING;
        const char *const texts[] = { b->name, b->image, b->command, b->ports };
        AUTO_FREE char *line = NULL;

        if (!may_note(container))
                return;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                if (strpbrk(texts[i], "\t\n"))
                        return;
        line = xasprintf("%d\t%d\t%lld\t%lld\t%s\t%s\t%s\t%s\t.", (int)b->status, b->exit_code,
                         (long long)b->created_ns,
                         (long long)(runs ? b->started_ns : b->finished_ns), b->name, b->image,
                         b->command, b->ports);
        line_cache_note(cache, st, line);
}

/* The fields of a line, and whether it has them all and no more. */
static bool divide(const char *line, const char *starts[FIELDS], size_t lens[FIELDS])
{
        for (size_t i = 0; i < FIELDS; i++) {
                starts[i] = line;
                lens[i] = strcspn(line, "\t\n");
                line += lens[i];
                if (*line != (i + 1 < FIELDS ? '\t' : '\n'))
                        return false;
                line++;
        }
        return true;
}

static bool recall(const char *line, struct ps_brief *brief)
{
        const char *starts[FIELDS];
        size_t lens[FIELDS];
        long status;
        int64_t when;

        if (!divide(line, starts, lens))
                return false;
        status = strtol(starts[0], NULL, 10);
        if (status != CONTAINER_CREATED && status != CONTAINER_EXITED &&
            status != CONTAINER_RUNNING)
                return false;
        when = strtoll(starts[3], NULL, 10);
        *brief = (struct ps_brief){
                .status = (enum container_status)status,
                .exit_code = (int)strtol(starts[1], NULL, 10),
                .created_ns = strtoll(starts[2], NULL, 10),
                .started_ns = when,
                .finished_ns = when,
                .name = xstrndup(starts[4], lens[4]),
                .image = xstrndup(starts[5], lens[5]),
                .command = xstrndup(starts[6], lens[6]),
                .ports = xstrndup(starts[7], lens[7]),
        };
        return true;
}

/* What its locks say of one that ran; false: it does not any more. */
static bool recall_running(int dir_fd, const char *id, int64_t now, struct ps_brief *brief)
{
        AUTO_CLOSE int fd = openat(dir_fd, id, O_PATH | O_DIRECTORY | O_CLOEXEC);
        bool stopping;

        if (fd < 0 || !state_lives(fd, &stopping))
                return false;
        brief->up = stopping ? xstrdup("Stopping") : ps_up_text(brief->started_ns, now);
        return true;
}

static bool recall_one(const char *line, int dir_fd, const char *id, int64_t now,
                       struct ps_brief *brief)
{
        if (!recall(line, brief))
                return false;
        snprintf(brief->id, sizeof(brief->id), "%s", id);
        if (brief->status != CONTAINER_RUNNING || recall_running(dir_fd, id, now, brief))
                return true;
        ps_brief_release(brief);
        return false;
}

/* False: it has vanished, cannot be read, or is a step of a build. */
static bool load_one(const struct store *store, struct line_cache *cache, int dir_fd,
                     const char *id, int64_t now, struct ps_brief *brief)
{
        struct container container = CONTAINER_EMPTY;
        struct stat st;
        const char *line;
        bool shares;

        if (fstatat(dir_fd, id, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return false;
        line = line_cache_find(cache, &st);
        if (line && recall_one(line, dir_fd, id, now, brief))
                return true;
        if (line)
                line_cache_refuse(cache);
        if (container_load(store, id, &container, NULL) < 0)
                return false;
        if (container.spec.builder) {
                container_release(&container);
                return false;
        }
        shares = ps_extra_share_ports(store, &container);
        ps_brief_init(brief, &container, now);
        if (!shares)
                note(cache, &st, &container, brief);
        container_release(&container);
        return true;
}

static int oldest_first(const void *a, const void *b)
{
        const struct ps_brief *x = a, *y = b;

        return (x->created_ns > y->created_ns) - (x->created_ns < y->created_ns);
}

static bool is_wanted(const struct ps_brief *brief, bool all)
{
        return all || (brief->status == CONTAINER_RUNNING && !brief->paused);
}

int ps_briefs_load(const struct store *store, bool all, int64_t now, struct ps_briefs *briefs_out,
                   struct error *err)
{
        int fd = openat(store->root_fd, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct line_cache *cache;
        struct ps_briefs briefs = { 0 };
        struct dirent *entry;
        size_t room = 0;

        if (!dir)
                return error_sys(err, errno, "open the list of containers");
        cache = line_cache_open(store, "containers");
        while ((entry = readdir(dir))) {
                if (strlen(entry->d_name) != CONTAINER_ID_LEN)
                        continue;
                if (briefs.count == room) {
                        room = room ? room * 2 : 64;
                        briefs.items = xreallocarray(briefs.items, room, sizeof(*briefs.items));
                }
                if (!load_one(store, cache, dirfd(dir), entry->d_name, now,
                              &briefs.items[briefs.count]))
                        continue;
                if (is_wanted(&briefs.items[briefs.count], all))
                        briefs.count++;
                else
                        ps_brief_release(&briefs.items[briefs.count]);
        }
        line_cache_close(cache);
        closedir(dir);
        if (briefs.count)
                qsort(briefs.items, briefs.count, sizeof(*briefs.items), oldest_first);
        *briefs_out = briefs;
        return 0;
}
