/* config.json with its unsigned numbers. See spec_file.h.
 *
 * jansson refuses a number over INT64_MAX. Such a text - it is rare - is parsed a second time with
 * those numbers replaced by their two's complement; all others cost nothing extra.
 */
#include "engine/runtime/spec_file.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MIN 19 /* of INT64_MAX */
#define DIGITS_MAX 20 /* of UINT64_MAX */

/* The length of a number that fits 64 bits only without a sign, or 0. */
static size_t wide_number(const char *text, size_t len, uint64_t *value_out)
{
        char digits[DIGITS_MAX + 1];
        size_t n = 0;

        while (n < len && isdigit((unsigned char)text[n]))
                n++;
        if (n < DIGITS_MIN || n > DIGITS_MAX ||
            (n < len && (text[n] == '.' || text[n] == 'e' || text[n] == 'E')))
                return 0;
        memcpy(digits, text, n);
        digits[n] = '\0';
        errno = 0;
        *value_out = strtoull(digits, NULL, 10);
        return errno == 0 && *value_out > INT64_MAX ? n : 0;
}

/* The end of the string that begins at text[i]. */
static size_t skip_string(const char *text, size_t len, size_t i)
{
        for (i++; i < len && text[i] != '"'; i++)
                if (text[i] == '\\')
                        i++;
        return i < len ? i : len - 1;
}

/* False when there was nothing to replace. */
static bool narrow(const char *text, size_t len, struct strbuf *out)
{
        bool any = false;
        size_t i = 0;

        while (i < len) {
                bool starts = isdigit((unsigned char)text[i]) &&
                              (i == 0 || !strchr("+-.0123456789eE", text[i - 1]));
                size_t end = text[i] == '"' ? skip_string(text, len, i) + 1 : i + 1;
                uint64_t value;
                size_t n = starts ? wide_number(text + i, len - i, &value) : 0;

                if (n > 0)
                        strbuf_addf(out, "%" PRId64, (int64_t)value);
                else
                        strbuf_add(out, text + i, end - i);
                i = n > 0 ? i + n : end;
                any |= n > 0;
        }
        return any;
}

int spec_parse(const char *text, size_t len, const char *what, json_t **spec_out, struct error *err)
{
        AUTO(strbuf) narrowed = { 0 };

        if (json_parse(text, len, what, spec_out, err) == 0)
                return 0;
        if (!narrow(text, len, &narrowed))
                return -1;
        return json_parse(narrowed.data, narrowed.len, what, spec_out, err);
}

int spec_read_file(int dir_fd, const char *name, json_t **spec_out, struct error *err)
{
        AUTO_FREE char *text = NULL;
        size_t len;

        if (fd_read_file(dir_fd, name, LIMIT_SPEC, &text, &len, err) < 0)
                return -1;
        return spec_parse(text, len, name, spec_out, err);
}

/* "soft":-1 -> "soft":18446744073709551615. Inside a string a quote has a backslash before it, so
 * that such a text is a member for sure. */
static bool widen_member(const char *text, struct strbuf *out, size_t *used_out)
{
        static const char *const members[] = { "\"soft\":", "\"hard\":", "\"value\":",
                                               "\"valueTwo\":" };

        for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
                size_t len = strlen(members[i]);
                const char *number = text + len;
                char *end;
                long long value;

                if (strncmp(text, members[i], len) != 0)
                        continue;
                number += strspn(number, " ");
                if (*number != '-')
                        return false;
                value = strtoll(number, &end, 10);
                strbuf_add(out, text, (size_t)(number - text));
                strbuf_addf(out, "%" PRIu64, (uint64_t)value);
                *used_out = (size_t)(end - text);
                return true;
        }
        return false;
}

static char *widen(const char *text)
{
        AUTO(strbuf) out = { 0 };

        for (const char *p = text; *p;) {
                const char *quote = strchr(p, '"');
                size_t used = 1;

                if (!quote) {
                        strbuf_adds(&out, p);
                        break;
                }
                strbuf_add(&out, p, (size_t)(quote - p));
                if (!widen_member(quote, &out, &used))
                        strbuf_addc(&out, '"');
                p = quote + used;
        }
        return strbuf_take(&out);
}

char *spec_text(const json_t *spec, size_t flags)
{
        AUTO_FREE char *text = json_dumps(spec, flags);
        /* Nothing negative, nothing to do. */
        bool negative = text && (strstr(text, ":-") || strstr(text, ": -"));

        return negative ? widen(text) : take_ptr(text);
}

int spec_write_file(int dir_fd, const char *name, const json_t *spec, mode_t mode,
                    struct error *err)
{
        AUTO_FREE char *text = spec_text(spec, JSON_COMPACT);

        if (!text)
                return error_set(err, ERROR_GENERAL, "cannot serialise %s", name);
        return fd_write_file(dir_fd, name, text, strlen(text), mode, err);
}
