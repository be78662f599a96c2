/* printf of templates: Go's verbs over JSON values (pkg.go.dev/fmt).
 *
 * Offered: %v %s %q %d %x %X %o %b %c %t %f %e %g %% with the flags - + # 0 and space, a width and
 * a precision. A verb that does not fit its value prints what Go prints: %!d(string=web).
 */
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/output/template_tree.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH_MAX 1000

struct verb {
        bool left, plus, space, sharp, zero;
        int width;
        int precision; /* -1: none */
        char letter;
};

static int take_number(const char **at)
{
        int number = 0;

        for (; isdigit((unsigned char)**at); (*at)++)
                if (number <= WIDTH_MAX)
                        number = number * 10 + (**at - '0');
        return number > WIDTH_MAX ? WIDTH_MAX : number;
}

/* *at is behind the percent sign, and behind the letter afterwards. */
static struct verb take_verb(const char **at)
{
        struct verb v = { .precision = -1 };

        for (; **at && strchr("-+ #0", **at); (*at)++) {
                v.left = v.left || **at == '-';
                v.plus = v.plus || **at == '+';
                v.space = v.space || **at == ' ';
                v.sharp = v.sharp || **at == '#';
                v.zero = v.zero || **at == '0';
        }
        v.width = take_number(at);
        if (**at == '.') {
                (*at)++;
                v.precision = take_number(at);
        }
        v.letter = **at;
        *at += v.letter != '\0';
        return v;
}

static const char *type_name(const json_t *value)
{
        switch (json_typeof(value)) {
        case JSON_STRING:
                return "string";
        case JSON_INTEGER:
                return "int";
        case JSON_REAL:
                return "float64";
        case JSON_TRUE:
        case JSON_FALSE:
                return "bool";
        case JSON_ARRAY:
                return "list";
        case JSON_OBJECT:
                return "map";
        default:
                return "nil";
        }
}

/* string=web */
static void add_typed(const json_t *value, struct strbuf *out)
{
        strbuf_addf(out, "%s=", type_name(value));
        template_format(value, out);
}

static void add_integer(const struct verb *v, json_int_t number, struct strbuf *out)
{
        uint64_t size = number < 0 ? -(uint64_t)number : (uint64_t)number;
        const char *sign = number < 0 ? "-" : v->plus ? "+" : v->space ? " " : "";
        bool hex = v->letter == 'x' || v->letter == 'X';

        strbuf_adds(out, sign);
        if (v->sharp && hex)
                strbuf_addf(out, "0%c", v->letter);
        if (v->letter == 'b') {
                int bit = 63;

                while (bit > 0 && !(size >> bit & 1))
                        bit--;
                for (; bit >= 0; bit--)
                        strbuf_addc(out, (char)('0' + (size >> bit & 1)));
        } else {
                strbuf_addf(out,
                            hex                ? v->letter == 'x' ? "%" PRIx64 : "%" PRIX64
                            : v->letter == 'o' ? "%" PRIo64
                                               : "%" PRIu64,
                            size);
        }
}

static void add_hex_bytes(const struct verb *v, const char *text, struct strbuf *out)
{
        for (; *text; text++)
                strbuf_addf(out, v->letter == 'x' ? "%02x" : "%02X", (unsigned char)*text);
}

static void add_character(json_int_t code, struct strbuf *out)
{
        AUTO_JSON json_t *text = NULL;
        char escaped[32];

        if (code < 1 || code > 0xffff || (code >= 0xd800 && code < 0xe000))
                code = 0xfffd;
        snprintf(escaped, sizeof(escaped), "\"\\u%04x\"", (unsigned)code);
        text = json_loads(escaped, JSON_DECODE_ANY, NULL);
        strbuf_adds(out, text ? json_string_value(text) : "?");
}

/* The first `precision` characters, not bytes. */
static void add_text(const struct verb *v, const char *text, struct strbuf *out)
{
        size_t len = 0;
        int characters = 0;

        for (; text[len]; len++) {
                characters += ((unsigned char)text[len] & 0xc0) != 0x80;
                if (v->precision >= 0 && characters > v->precision)
                        break;
        }
        strbuf_add(out, text, len);
}

static bool add_number(const struct verb *v, const json_t *value, struct strbuf *out)
{
        if (strchr("dxXob", v->letter) && json_is_integer(value))
                add_integer(v, json_integer_value(value), out);
        else if (v->letter == 'c' && json_is_integer(value))
                add_character(json_integer_value(value), out);
        else if (json_is_real(value) && (v->letter == 'f' || v->letter == 'e'))
                strbuf_addf(out, v->letter == 'f' ? "%.*f" : "%.*e",
                            v->precision < 0 ? 6 : v->precision, json_real_value(value));
        else if (json_is_real(value) && v->letter == 'g' && v->precision >= 0)
                strbuf_addf(out, "%.*g", v->precision, json_real_value(value));
        else if (json_is_real(value) && v->letter == 'g')
                template_format(value, out);
        else
                return false;
        return true;
}

static void add_value(const struct verb *v, const json_t *value, struct strbuf *out)
{
        AUTO_FREE char *quoted = NULL;

        if (v->letter == 'v' && json_is_null(value))
                strbuf_adds(out, "<nil>");
        else if (v->letter == 'v' && json_is_integer(value))
                add_integer(v, json_integer_value(value), out);
        else if (v->letter == 'v' || (v->letter == 't' && json_is_boolean(value)))
                template_format(value, out);
        else if (v->letter == 's' && json_is_string(value))
                add_text(v, json_string_value(value), out);
        else if (v->letter == 's' && (json_is_array(value) || json_is_object(value)))
                template_format(value, out);
        else if (v->letter == 'q' && json_is_string(value))
                strbuf_adds(out, quoted = json_dumps(value, JSON_ENCODE_ANY));
        else if (strchr("xX", v->letter) && json_is_string(value))
                add_hex_bytes(v, json_string_value(value), out);
        else if (!add_number(v, value, out)) {
                strbuf_addf(out, "%%!%c(", v->letter);
                add_typed(value, out);
                strbuf_addc(out, ')');
        }
}

static void pad(struct strbuf *out, char with, int count)
{
        while (count-- > 0)
                strbuf_addc(out, with);
}

static void add_padded(const struct verb *v, const json_t *value, struct strbuf *out)
{
        AUTO(strbuf) text = { 0 };
        const char *rest;
        int missing = v->width;

        add_value(v, value, &text);
        rest = text.data ? text.data : "";
        for (const char *p = rest; *p; p++)
                missing -= ((unsigned char)*p & 0xc0) != 0x80;
        if (v->zero && !v->left) {
                /* Zeros stand between the sign and the number. */
                if (json_is_number(value) && *rest && strchr("+- ", *rest))
                        strbuf_addc(out, *rest++);
                pad(out, '0', missing);
        } else if (!v->left) {
                pad(out, ' ', missing);
        }
        strbuf_adds(out, rest);
        if (v->left)
                pad(out, ' ', missing);
}

/* Arguments that no verb has taken. */
static void add_extra(json_t **args, size_t count, struct strbuf *out)
{
        for (size_t i = 0; i < count; i++) {
                strbuf_adds(out, i ? ", " : "%!(EXTRA ");
                add_typed(args[i], out);
        }
        if (count > 0)
                strbuf_addc(out, ')');
}

json_t *template_printf(json_t **args, size_t count, struct error *err)
{
        AUTO(strbuf) out = { 0 };
        size_t next = 1;
        const char *at;

        if (count == 0 || !json_is_string(args[0])) {
                error_set(err, ERROR_USAGE, "template: printf takes a format");
                return NULL;
        }
        for (at = json_string_value(args[0]); *at;) {
                struct verb v;

                if (*at != '%') {
                        strbuf_addc(&out, *at++);
                        continue;
                }
                at++;
                v = take_verb(&at);
                if (v.letter == '%')
                        strbuf_addc(&out, '%');
                else if (!v.letter)
                        strbuf_adds(&out, "%!(NOVERB)");
                else if (next < count)
                        add_padded(&v, args[next++], &out);
                else
                        strbuf_addf(&out, "%%!%c(MISSING)", v.letter);
        }
        add_extra(args + next, count - next, &out);
        return json_string_any(out.data ? out.data : "");
}
