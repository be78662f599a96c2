/* TOML's values: strings of four kinds, numbers, booleans, dates, arrays, inline tables. */
#include "base/alloc.h"
#include "base/limits.h"
#include "base/toml_scan.h"
#include "base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static bool at(const struct toml_scan *s, const char *text)
{
        size_t len = strlen(text);

        return (size_t)(s->end - s->p) >= len && memcmp(s->p, text, len) == 0;
}

static int unicode(struct toml_scan *s, struct strbuf *text, int digits)
{
        uint32_t c = 0;

        for (int i = 0; i < digits; i++, s->p++) {
                if (s->p >= s->end || !isxdigit((unsigned char)*s->p))
                        return toml_failed(s, "a \\u escape needs hexadecimal digits");
                c = c * 16 + (uint32_t)(isdigit((unsigned char)*s->p)
                                                ? *s->p - '0'
                                                : tolower((unsigned char)*s->p) - 'a' + 10);
        }
        if (!utf8_is_character(c))
                return toml_failed(s, "a \\u escape that is no character");
        utf8_add(text, c);
        return 0;
}

/* A backslash at the end of a line takes the line's end and the blanks that follow. */
static bool line_continues(struct toml_scan *s)
{
        const char *p = s->p;

        while (p < s->end && (*p == ' ' || *p == '\t' || *p == '\r'))
                p++;
        if (p >= s->end || *p != '\n')
                return false;
        for (; p < s->end && isspace((unsigned char)*p); p++)
                s->line += *p == '\n';
        s->p = p;
        return true;
}

static int escape(struct toml_scan *s, struct strbuf *text, bool multi)
{
        static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
        const char *found;

        if (multi && line_continues(s))
                return 0;
        if (s->p >= s->end)
                return toml_failed(s, "the string does not end");
        found = *s->p ? strchr(from, *s->p) : NULL;
        if (found) {
                s->p++;
                strbuf_addc(text, to[found - from]);
                return 0;
        }
        if (*s->p == 'u' || *s->p == 'U') {
                int digits = *s->p++ == 'u' ? 4 : 8;

                return unicode(s, text, digits);
        }
        return toml_failed(s, "an unknown escape");
}

/* Up to two quotes may stand directly in front of the three that end it. */
static bool ends_multi(struct toml_scan *s, struct strbuf *text, char quote)
{
        const char three[] = { quote, quote, quote, '\0' };

        if (!at(s, three))
                return false;
        s->p += 3;
        for (int i = 0; i < 2 && s->p < s->end && *s->p == quote; i++, s->p++)
                strbuf_addc(text, quote);
        return true;
}

static int string_body(struct toml_scan *s, struct strbuf *text, char quote, bool multi)
{
        while (s->p < s->end) {
                char c = *s->p;

                if (multi ? ends_multi(s, text, quote) : c == quote) {
                        s->p += !multi;
                        return 0;
                }
                s->p++;
                if (c == '\\' && quote == '"') {
                        if (escape(s, text, multi) < 0)
                                return -1;
                        continue;
                }
                if (c == '\n' && !multi)
                        break;
                if (((unsigned char)c < 32 && c != '\t' && c != '\n' && c != '\r') || c == 127)
                        return toml_failed(s, "a control character in a string");
                s->line += c == '\n';
                strbuf_addc(text, c);
        }
        return toml_failed(s, "the string does not end");
}

int toml_string(struct toml_scan *s, struct strbuf *text, bool multi)
{
        char quote = *s->p;
        const char three[] = { quote, quote, quote, '\0' };

        if (!multi || !at(s, three)) {
                s->p++;
                return string_body(s, text, quote, false);
        }
        s->p += 3;
        if (at(s, "\r\n"))
                s->p++;
        if (s->p < s->end && *s->p == '\n') {
                s->p++;
                s->line++;
        }
        return string_body(s, text, quote, true);
}

static json_t *string_value(struct toml_scan *s)
{
        AUTO(strbuf) text = { .max = LIMIT_CONF_FILE };
        json_t *json;

        if (toml_string(s, &text, true) < 0)
                return NULL;
        json = json_stringn(text.data ? text.data : "", text.len);
        if (!json)
                toml_failed(s, "a string that is not valid UTF-8");
        return json;
}

static json_t *array(struct toml_scan *s)
{
        AUTO_JSON json_t *list = json_array();

        s->p++;
        for (;;) {
                json_t *value;

                if (toml_lines(s) < 0)
                        return NULL;
                if (s->p < s->end && *s->p == ']')
                        break;
                value = toml_value(s);
                if (!value)
                        return NULL;
                json_array_append_new(list, value);
                if (toml_lines(s) < 0)
                        return NULL;
                if (s->p < s->end && *s->p == ',')
                        s->p++;
                else if (s->p >= s->end || *s->p != ']') {
                        toml_failed(s, "the array does not end");
                        return NULL;
                }
        }
        s->p++;
        toml_set_add(&s->closed, list);
        return json_incref(list);
}

static void close_all(struct toml_scan *s, json_t *table)
{
        const char *key;
        json_t *value;

        toml_set_add(&s->closed, table);
        json_object_foreach (table, key, value)
                if (json_is_object(value))
                        close_all(s, value);
}

static json_t *inline_table(struct toml_scan *s)
{
        AUTO_JSON json_t *table = json_object();

        s->p++;
        toml_blanks(s);
        while (s->p < s->end && *s->p != '}') {
                if (toml_pair(s, table) < 0)
                        return NULL;
                toml_blanks(s);
                if (s->p < s->end && *s->p == '}')
                        break;
                if (s->p >= s->end || *s->p != ',') {
                        toml_failed(s, "the inline table does not end");
                        return NULL;
                }
                s->p++;
                toml_blanks(s);
                if (s->p < s->end && *s->p == '}') {
                        toml_failed(s, "a comma at the end of an inline table");
                        return NULL;
                }
        }
        if (s->p >= s->end) {
                toml_failed(s, "the inline table does not end");
                return NULL;
        }
        s->p++;
        close_all(s, table);
        return json_incref(table);
}

/* Digits with single underscores between them, taken out; false when it is none. */
static bool clean_digits(const char *text, size_t len, char *out, size_t size, const char *digits)
{
        size_t used = 0;

        for (size_t i = 0; i < len; i++) {
                bool inner = i > 0 && i + 1 < len;

                if (text[i] == '_') {
                        if (!inner || !strchr(digits, text[i - 1]) || !strchr(digits, text[i + 1]))
                                return false;
                        continue;
                }
                if (!strchr(digits, text[i]) || used + 1 >= size)
                        return false;
                out[used++] = text[i];
        }
        out[used] = '\0';
        return used > 0;
}

static json_t *integer(const char *text, size_t len)
{
        static const struct {
                const char *prefix, *digits;
                int base;
        } kinds[] = { { "0x", "0123456789abcdefABCDEF", 16 },
                      { "0o", "01234567", 8 },
                      { "0b", "01", 2 } };
        bool sign = len > 0 && (text[0] == '+' || text[0] == '-');
        char clean[80];
        long long value;
        int base = 10;
        const char *digits = "0123456789";

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (len > 2 && strncmp(text, kinds[i].prefix, 2) == 0) {
                        digits = kinds[i].digits;
                        base = kinds[i].base;
                        text += 2;
                        len -= 2;
                        sign = false;
                }
        if (!clean_digits(text + sign, len - sign, clean + 1, sizeof(clean) - 1, digits) ||
            (base == 10 && clean[1] == '0' && clean[2]))
                return NULL;
        clean[0] = sign ? text[0] : '+';
        errno = 0;
        value = strtoll(clean, NULL, base);
        return errno ? NULL : json_integer(value);
}

static json_t *real(const char *text, size_t len)
{
        char clean[80], *end;
        double value;

        if (!clean_digits(text, len, clean, sizeof(clean), "0123456789+-.eE") ||
            !strpbrk(clean, ".eE") || !isdigit((unsigned char)clean[strspn(clean, "+-")]) ||
            !isdigit((unsigned char)clean[strlen(clean) - 1]))
                return NULL;
        value = strtod(clean, &end);
        return *end || !isfinite(value) ? NULL : json_real(value);
}

/* 1979-05-27T07:32:00Z, 1979-05-27 07:32:00, 1979-05-27, 07:32:00 */
static bool is_date(const char *text, size_t len)
{
        return (len >= 10 && text[4] == '-' && text[7] == '-') ||
               (len >= 8 && text[2] == ':' && text[5] == ':');
}

static json_t *bare(struct toml_scan *s)
{
        const char *begin = s->p;
        size_t len;
        json_t *json;

        while (s->p < s->end && *s->p && (isalnum((unsigned char)*s->p) || strchr("+-_.:", *s->p)))
                s->p++;
        len = (size_t)(s->p - begin);
        if (len == 4 && memcmp(begin, "true", 4) == 0)
                return json_true();
        if (len == 5 && memcmp(begin, "false", 5) == 0)
                return json_false();
        if (len > 0 && is_date(begin, len)) {
                /* The time may stand behind a blank. */
                if (len == 10 && s->end - s->p > 8 && *s->p == ' ' && s->p[3] == ':') {
                        s->p++;
                        while (s->p < s->end && *s->p &&
                               (isalnum((unsigned char)*s->p) || strchr("+-.:", *s->p)))
                                s->p++;
                }
                return json_stringn(begin, (size_t)(s->p - begin));
        }
        json = len ? integer(begin, len) : NULL;
        if (!json && len)
                json = real(begin, len);
        if (!json)
                toml_failed(s, "a value that is not understood");
        return json;
}

json_t *toml_value(struct toml_scan *s)
{
        json_t *json;

        if (s->p >= s->end) {
                toml_failed(s, "a value is missing");
                return NULL;
        }
        if (++s->depth > LIMIT_JSON_DEPTH) {
                toml_failed(s, "values are nested too deeply");
                return NULL;
        }
        switch (*s->p) {
        case '"':
        case '\'':
                json = string_value(s);
                break;
        case '[':
                json = array(s);
                break;
        case '{':
                json = inline_table(s);
                break;
        default:
                json = bare(s);
        }
        s->depth--;
        return json;
}
