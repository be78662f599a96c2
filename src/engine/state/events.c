/* Writing events. See events.h. This is on the way of every start, so lines are put together by
 * hand and the file is opened, written and closed, nothing more. */
#include "engine/state/events.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* As a JSON string. What is no ASCII passes as it is when it is UTF-8, which the reader checks. */
static void add_string(struct strbuf *out, const char *text, size_t len)
{
        strbuf_addc(out, '"');
        for (size_t i = 0; i < len; i++) {
                unsigned char c = (unsigned char)text[i];

                if (c == '"' || c == '\\')
                        strbuf_addf(out, "\\%c", c);
                else if (c < 0x20 || c == 0x7f)
                        strbuf_addf(out, "\\u%04x", c);
                else
                        strbuf_addc(out, (char)c);
        }
        strbuf_addc(out, '"');
}

static void add_member(struct strbuf *out, const char *key, const char *value)
{
        if (!value)
                return;
        strbuf_addf(out, "\"%s\":", key);
        add_string(out, value, strlen(value));
        strbuf_addc(out, ',');
}

static void add_attributes(struct strbuf *out, const struct strv *attributes)
{
        strbuf_adds(out, "\"Attributes\":{");
        for (size_t i = 0; attributes && i < attributes->count; i++) {
                const char *pair = attributes->items[i];
                size_t len = strcspn(pair, "=");
                const char *value = pair[len] ? pair + len + 1 : "";

                if (i > 0)
                        strbuf_addc(out, ',');
                add_string(out, pair, len);
                strbuf_addc(out, ':');
                add_string(out, value, strlen(value));
        }
        strbuf_adds(out, "}}\n");
}

static void add_line(struct strbuf *out, const struct event *event, int64_t now)
{
        char text[CLOCK_TEXT_SIZE];

        clock_text(now, text);
        strbuf_addc(out, '{');
        if (event->exit_code)
                strbuf_addf(out, "\"ContainerExitCode\":%d,", *event->exit_code);
        add_member(out, "HealthStatus", event->health);
        add_member(out, "ID", event->id);
        add_member(out, "Image", event->image);
        add_member(out, "Name", event->name);
        add_member(out, "Status", event->status);
        add_member(out, "Time", text);
        strbuf_addf(out, "\"timeNano\":%lld,", (long long)now);
        add_member(out, "Type", event->type);
        add_attributes(out, event->attributes);
}

/* Of several writers who find the file full one moves it away: whoever holds its lock, and finds
 * that the name still means it. */
static void rotate(const struct store *store, int fd)
{
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        struct stat open_st, named;

        if (fcntl(fd, F_OFD_SETLK, &lock) == 0 && fstat(fd, &open_st) == 0 &&
            fstatat(store->root_fd, "events", &named, AT_SYMLINK_NOFOLLOW) == 0 &&
            named.st_ino == open_st.st_ino)
                (void)renameat(store->root_fd, "events", store->root_fd, "events.1");
}

void events_write(const struct store *store, const struct event *events, size_t count)
{
        AUTO_CLOSE int fd = openat(store->root_fd, "events",
                                   O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        AUTO(strbuf) lines = { .max = EVENT_LINE_MAX * 4 };
        int64_t now = clock_now_ns();

        for (size_t i = 0; i < count; i++) {
                size_t before = lines.len;

                add_line(&lines, &events[i], now);
                if (lines.truncated || lines.len - before > EVENT_LINE_MAX)
                        return; /* labels without end: told to nobody */
        }
        if (fd < 0 || write(fd, lines.data, lines.len) != (ssize_t)lines.len)
                log_debug("an event could not be written, continuing");
        else if (lseek(fd, 0, SEEK_CUR) > EVENTS_FILE_MAX)
                rotate(store, fd);
}

void events_write_image(const struct store *store, const char *status, const char *id,
                        const char *name)
{
        events_write(store,
                     &(struct event){ .type = "image", .status = status, .id = id, .name = name },
                     1);
}
