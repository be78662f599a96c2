/* kelp events: what happened in the store, and what happens. The file is read like a log, across
 * its rotation (state/events.h); what is not recorded there is watched (event_watch.h). */
#include "engine/state/events.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/output/human.h"
#include "cli/output/printable.h"
#include "cli/output/template.h"
#include "cli/system/event_filter.h"
#include "cli/system/event_watch.h"
#include "engine/container/state.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#define LOOK_MS 50

struct events_args {
        struct strv filters;
        const char *format, *since, *until;
        struct opt_int stream, no_trunc;
};
#define OPT_ARGS struct events_args

static const struct opt events_options[] = {
        OPT_LIST('f', "filter", filters, "KEY=VALUE",
                 "container, event, image, label, pod, status, type, volume"),
        OPT_STR(0, "format", format, "FORMAT", "json, or a Go template"),
        OPT_SWITCH(0, "no-trunc", no_trunc, "Show whole IDs (true)"),
        OPT_STR(0, "since", since, "TIME", "What happened after a time (RFC 3339, seconds, 10m)"),
        OPT_SWITCH(0, "stream", stream, "Wait for more (true)"),
        OPT_STR(0, "until", until, "TIME", "What happens before a time; 10m is in ten minutes"),
        { 0 },
};

struct reader {
        const struct store *store;
        const struct events_args *args;
        struct event_watch watch;
        struct event_filter filter;
        FILE *file;
        bool unread; /* nobody reads what is printed */
};

static void reader_release(struct reader *reader)
{
        event_watch_release(&reader->watch);
        event_filter_release(&reader->filter);
}

static char *human_line(const struct events_args *args, const json_t *event)
{
        const char *id = json_get_string(event, "ID", ""),
                   *type = json_get_string(event, "Type", "");
        bool cut = args->no_trunc.set && !args->no_trunc.value;
        AUTO_FREE char *when = human_go_time(json_get_int(event, "timeNano", 0));
        AUTO(strbuf) out = { .max = EVENT_LINE_MAX };
        const char *key;
        json_t *value;

        strbuf_addf(&out, "%s %s %s", when, type, json_get_string(event, "Status", ""));
        if (id[0])
                strbuf_addf(&out, " %.*s", cut ? 12 : 255, id);
        if (strcmp(type, "container") != 0) {
                strbuf_addf(&out, " %s", json_get_string(event, "Name", ""));
                return strbuf_take(&out);
        }
        strbuf_addf(&out, " (image=%s, name=%s", json_get_string(event, "Image", ""),
                    json_get_string(event, "Name", ""));
        if (json_object_get(event, "HealthStatus"))
                strbuf_addf(&out, ", health_status=%s", json_get_string(event, "HealthStatus", ""));
        json_object_foreach (json_object_get(event, "Attributes"), key, value) {
                strbuf_addf(&out, ", %s=%s", key,
                            json_is_string(value) ? json_string_value(value) : "");
        }
        strbuf_addc(&out, ')');
        return strbuf_take(&out);
}

/* podman's keys: seconds beside the nanoseconds, and no text of the time. */
static void for_output(json_t *event)
{
        json_object_set_new(event, "time",
                            json_integer(json_get_int(event, "timeNano", 0) / 1000000000));
        json_object_del(event, "Time");
}

static int print_event(const struct events_args *args, json_t *event, struct error *err)
{
        AUTO_FREE char *line = NULL;
        AUTO_FREE char *safe = NULL;
        AUTO_JSON json_t *one = NULL;

        if (!args->format) {
                line = human_line(args, event);
                safe = printable(line);
                printf("%s\n", safe);
                return 0;
        }
        for_output(event);
        if (template_asks_json(args->format)) {
                line = json_dumps(event, JSON_COMPACT);
                printf("%s\n", line);
                return 0;
        }
        one = json_pack("[O]", event);
        return template_print(args->format, one, stdout, err);
}

/* Fields that only some events have are empty in a template. */
static void fill_up(json_t *event)
{
        static const char *const texts[] = { "ID",      "Image",        "Name",
                                             "Network", "HealthStatus", "Error" };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                if (!json_object_get(event, texts[i]))
                        json_set_string(event, texts[i], "");
}

static int show_event(void *data, json_t *event, struct error *err)
{
        const struct reader *r = data;

        if (r->args->format && !template_asks_json(r->args->format))
                fill_up(event);
        return print_event(r->args, event, err);
}

static int show_line(struct reader *r, const char *line, size_t len, struct error *err)
{
        AUTO_JSON json_t *event = NULL;

        /* One that is damaged is passed over. */
        if (json_parse(line, len, "event", &event, NULL) < 0 || !json_is_object(event))
                return 0;
        event_watch_seen(&r->watch, r->store, event);
        return event_filter_match(&r->filter, event) ? show_event(r, event, err) : 0;
}

static int show_rest(struct reader *r, struct error *err)
{
        AUTO_FREE char *line = NULL;
        size_t room = 0;
        ssize_t n;

        while (r->file && !r->unread && (n = getline(&line, &room, r->file)) > 0) {
                if (line[n - 1] != '\n') { /* still being written */
                        fseek(r->file, -n, SEEK_CUR);
                        break;
                }
                if (show_line(r, line, (size_t)n - 1, err) < 0)
                        return -1;
        }
        if (r->file)
                clearerr(r->file);
        r->unread = fflush(stdout) != 0 || ferror(stdout);
        return 0;
}

static FILE *open_events(const struct store *store, const char *name)
{
        int fd = openat(store->root_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? NULL : fdopen(fd, "r");
}

static bool rotated(const struct store *store, FILE *file)
{
        struct stat open_st, named;

        return file && fstat(fileno(file), &open_st) == 0 &&
               fstatat(store->root_fd, "events", &named, AT_SYMLINK_NOFOLLOW) == 0 &&
               open_st.st_ino != named.st_ino;
}

static void reopen(const struct store *store, struct reader *r)
{
        if (r->file)
                fclose(r->file);
        r->file = open_events(store, "events");
}

/* Until --until, or until nobody reads. */
static int follow(const struct store *store, struct reader *r, struct error *err)
{
        struct pollfd out = { .fd = STDOUT_FILENO };

        event_watch_running(&r->watch, store);
        for (;;) {
                if (show_rest(r, err) < 0)
                        return -1;
                if (!r->file || rotated(store, r->file)) {
                        if (show_rest(r, err) < 0)
                                return -1;
                        reopen(store, r);
                        if (show_rest(r, err) < 0)
                                return -1;
                }
                if (event_watch_look(&r->watch, show_event, r, err) < 0)
                        return -1;
                r->unread = r->unread || fflush(stdout) != 0;
                if (r->unread || (r->filter.until_ns && clock_now_ns() > r->filter.until_ns))
                        return 0;
                if (poll(&out, 1, LOOK_MS) > 0 && (out.revents & POLLERR))
                        return 0;
        }
}

static int read_all(struct reader *reader, bool streams, struct error *err)
{
        const struct events_args *args = reader->args;
        const struct store *store = reader->store;
        int rc = 0;

        if (streams && !args->since && !args->until) {
                reopen(store, reader);
                if (reader->file)
                        fseek(reader->file, 0, SEEK_END);
        } else {
                reader->file = open_events(store, "events.1");
                rc = show_rest(reader, err);
                reopen(store, reader);
        }
        if (rc == 0)
                rc = streams ? follow(store, reader, err) : show_rest(reader, err);
        if (reader->file)
                fclose(reader->file);
        return rc;
}

static int events_run(struct context *ctx, void *data, struct error *err)
{
        const struct events_args *args = data;
        bool streams = !args->stream.set || args->stream.value;
        AUTO(reader) reader = { .store = &ctx->store, .args = args };

        if (event_filter_init(&args->filters, &reader.filter, &reader.watch.notices, err) < 0)
                return -1;
        reader.watch.filter = &reader.filter;
        if (reader.watch.notices.count && !streams)
                return error_set(err, ERROR_USAGE,
                                 "\"%s\" is watched for while the command runs and not recorded: "
                                 "--stream=false cannot show it",
                                 reader.watch.notices.items[0].text);
        if (args->since && human_parse_time(args->since, &reader.filter.since_ns, err) < 0)
                return error_context(err, "--since");
        if (args->until && human_parse_time_ahead(args->until, &reader.filter.until_ns, err) < 0)
                return error_context(err, "--until");
        return read_all(&reader, streams, err);
}

const struct command cmd_events = {
        .name = "events",
        .synopsis = "[OPTIONS]",
        .summary = "Show what happens to containers and images",
        .needs = NEEDS_STORE,
        .args_size = sizeof(struct events_args),
        .options = events_options,
        .run = events_run,
};
