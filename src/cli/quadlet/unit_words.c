/* Words of unit files: systemd.syntax(7), systemd.service(5) "COMMAND LINES". */
#include "cli/quadlet/unit_words.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <string.h>

static bool is_space(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int digit(char c, unsigned base)
{
        unsigned value = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 99;

        return value < base ? (int)value : -1;
}

/* So many digits; false when there are fewer, or the number is 0. */
static bool read_number(const char *text, size_t digits, unsigned base, uint32_t *number_out)
{
        uint32_t number = 0;

        for (size_t i = 0; i < digits; i++) {
                int value = digit(text[i], base);

                if (value < 0)
                        return false;
                number = number * base + (uint32_t)value;
        }
        *number_out = number;
        return number != 0;
}

static bool add_character(struct strbuf *word, uint32_t c)
{
        if (utf8_is_character(c))
                utf8_add(word, c);
        return utf8_is_character(c);
}

/* The escape behind a backslash: how many characters it has, 0 when it is not known. */
static size_t unescape(const char *text, struct strbuf *word)
{
        static const char names[] = "abfnrtvs\\\"'", meant[] = "\a\b\f\n\r\t\v \\\"'";
        const char *name = text[0] ? strchr(names, text[0]) : NULL;
        uint32_t number;

        if (name)
                return strbuf_addc(word, meant[name - names]);
        if (text[0] == 'x' && read_number(text + 1, 2, 16, &number))
                return strbuf_addc(word, (char)number) ? 3 : 0;
        if (text[0] == 'u' && read_number(text + 1, 4, 16, &number))
                return add_character(word, number) ? 5 : 0;
        if (text[0] == 'U' && read_number(text + 1, 8, 16, &number))
                return add_character(word, number) ? 9 : 0;
        if (read_number(text, 3, 8, &number) && number < 256)
                return strbuf_addc(word, (char)number) ? 3 : 0;
        return 0;
}

/* One word; where it ends, or NULL when a quote is not closed. */
static const char *read_word(const char *at, bool escapes, struct strbuf *word)
{
        char quote = '\0';

        for (; *at && (quote || !is_space(*at)); at++) {
                size_t len = escapes && *at == '\\' ? unescape(at + 1, word) : 0;

                if (len > 0)
                        at += len;
                else if (*at == quote)
                        quote = '\0';
                else if (!quote && (*at == '"' || *at == '\''))
                        quote = *at;
                else
                        strbuf_addc(word, *at);
        }
        return quote ? NULL : at;
}

static int split(const char *text, bool escapes, struct strv *words_out, struct error *err)
{
        for (const char *at = text;;) {
                AUTO(strbuf) word = { 0 };

                while (is_space(*at))
                        at++;
                if (!*at)
                        return 0;
                at = read_word(at, escapes, &word);
                if (!at)
                        return error_set(err, ERROR_INVALID, "a quote is not closed: %s", text);
                strv_take(words_out, strbuf_take(&word));
        }
}

int unit_words_split(const char *text, struct strv *words_out, struct error *err)
{
        return split(text, false, words_out, err);
}

int unit_words_split_escaped(const char *text, struct strv *words_out, struct error *err)
{
        return split(text, true, words_out, err);
}

static bool is_plain(const char *word)
{
        return word[0] && !strpbrk(word, " \"'\\") && utf8_is_printable(word) &&
               strcmp(word, ";") != 0; /* alone it would separate commands */
}

char *unit_words_quote(const char *word)
{
        AUTO(strbuf) out = { 0 };
        size_t left = strlen(word), len;

        if (is_plain(word))
                return xstrdup(word);
        strbuf_addc(&out, '"');
        for (; left > 0; word += len, left -= len) {
                size_t character = utf8_length(word, left);

                len = character ? character : 1;
                if (*word == '"' || *word == '\\')
                        strbuf_addf(&out, "\\%c", *word);
                else if (character == 0 || (unsigned char)*word < ' ' || *word == 0x7f)
                        strbuf_addf(&out, "\\x%02x", (unsigned char)*word);
                else
                        strbuf_add(&out, word, len);
        }
        strbuf_addc(&out, '"');
        return strbuf_take(&out);
}

char *unit_words_join(const struct strv *words)
{
        AUTO(strbuf) out = { 0 };

        for (size_t i = 0; i < words->count; i++) {
                AUTO_FREE char *quoted = unit_words_quote(words->items[i]);

                strbuf_addf(&out, "%s%s", i > 0 ? " " : "", quoted);
        }
        return strbuf_take(&out);
}

char *unit_words_literal(const char *text, bool in_command)
{
        AUTO(strbuf) out = { 0 };

        for (const char *c = text; *c; c++) {
                if (*c == '%' || (in_command && *c == '$'))
                        strbuf_addc(&out, *c);
                strbuf_addc(&out, *c);
        }
        return strbuf_take(&out);
}
