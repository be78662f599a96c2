/* The user's terminal: size, raw mode, detach keys. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strv.h"
#include "engine/container/attach.h"

#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

static struct termios saved;
static bool raw;

void terminal_raw(void)
{
        struct termios settings;

        if (raw || tcgetattr(STDIN_FILENO, &saved) < 0)
                return;
        settings = saved;
        cfmakeraw(&settings);
        raw = tcsetattr(STDIN_FILENO, TCSANOW, &settings) == 0;
}

void terminal_restore(void)
{
        if (raw)
                (void)tcsetattr(STDIN_FILENO, TCSANOW, &saved);
        raw = false;
}

void attach_terminal_size(unsigned short *rows_out, unsigned short *columns_out)
{
        struct winsize size = { 0 };

        if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0)
                (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
        *rows_out = size.ws_row;
        *columns_out = size.ws_col;
}

/* One key: a character, or ctrl- and one of a-z @ [ \ ] ^ _ */
static bool parse_key(const char *text, unsigned char *out)
{
        if (text[0] && !text[1]) {
                *out = (unsigned char)text[0];
                return true;
        }
        if (strncmp(text, "ctrl-", 5) != 0 || !text[5] || text[6])
                return false;
        if (!(text[5] >= 'a' && text[5] <= 'z') && !strchr("@[\\]^_", text[5]))
                return false;
        *out = text[5] & 0x1f;
        return true;
}

int detach_keys_parse(const char *text, struct detach_keys *keys_out, struct error *err)
{
        AUTO(strv) parts = { 0 };

        *keys_out = (struct detach_keys){ 0 };
        if (text[0] == '\0')
                return 0;
        strv_split(&parts, text, ',');
        for (size_t i = 0; i < parts.count; i++) {
                if (i == DETACH_KEYS_MAX || !parse_key(parts.items[i], &keys_out->bytes[i]))
                        return error_set(err, ERROR_USAGE, "invalid detach keys \"%s\"", text);
                keys_out->count++;
        }
        return 0;
}

/* How much of it has nothing to do with the keys. */
static size_t free_of_keys(const struct detach_keys *keys, const char *data, size_t len)
{
        const char *first;

        if (keys->count == 0)
                return len;
        first = keys->matched ? data : memchr(data, keys->bytes[0], len);
        return first ? (size_t)(first - data) : len;
}

size_t detach_keys_feed(struct detach_keys *keys, const char *data, size_t len, char *out,
                        bool *detached)
{
        size_t used = 0;

        *detached = false;
        for (size_t i = 0; i < len; i++) {
                size_t plain = free_of_keys(keys, data + i, len - i);

                memcpy(out + used, data + i, plain);
                used += plain;
                i += plain;
                if (i == len)
                        break;
                if ((unsigned char)data[i] == keys->bytes[keys->matched]) {
                        if (++keys->matched == keys->count) {
                                *detached = true;
                                return used;
                        }
                        continue;
                }
                /* It was not the sequence after all: the keys held back belong to the program. */
                memcpy(out + used, keys->bytes, keys->matched);
                used += keys->matched;
                keys->matched = 0;
                if ((unsigned char)data[i] == keys->bytes[0])
                        keys->matched = 1;
                else
                        out[used++] = data[i];
        }
        return used;
}
