/* Prose to man(7). See prose.h. */
#include "docs/prose.h"

#include <stdbool.h>
#include <string.h>

static void put_char(FILE *out, char c, bool code)
{
        switch (c) {
        case '\\':
                fputs("\\e", out);
                break;
        case '-':
                fputs(code ? "\\-" : "-", out);
                break;
        case '\'':
                fputs(code ? "\\(aq" : "'", out);
                break;
        case '~':
                fputs("\\(ti", out);
                break;
        case '^':
                fputs("\\(ha", out);
                break;
        default:
                fputc(c, out);
        }
}

void prose_put_code(FILE *out, const char *text, size_t len)
{
        for (size_t i = 0; i < len; i++)
                put_char(out, text[i], true);
}

/* `bold` and *italic* when the mark has an end. */
static const char *put_marked(FILE *out, const char *text)
{
        const char *end = strchr(text + 1, text[0]);

        if (!end || end == text + 1)
                return NULL;
        fputs(text[0] == '`' ? "\\fB" : "\\fI", out);
        prose_put_code(out, text + 1, (size_t)(end - text - 1));
        fputs("\\fR", out);
        return end;
}

void prose_put_text(FILE *out, const char *text)
{
        /* A macro is what begins like this. */
        if (*text == '.' || *text == '\'')
                fputs("\\&", out);
        for (; *text; text++) {
                const char *end = *text == '`' || *text == '*' ? put_marked(out, text) : NULL;

                if (end)
                        text = end;
                else
                        put_char(out, *text, false);
        }
        fputc('\n', out);
}

/* What the last line left open. */
struct page_state {
        bool literal, paragraph, heading; /* heading: nothing was behind it yet */
};

static void end_literal(FILE *out, struct page_state *state)
{
        if (state->literal)
                fputs(".fi\n.RE\n", out);
        state->literal = false;
}

static void put_literal(FILE *out, struct page_state *state, const char *text)
{
        if (!state->literal)
                fputs(state->heading ? ".RS 4\n.nf\n" : ".PP\n.RS 4\n.nf\n", out);
        state->literal = true;
        state->heading = false;
        fputs("\\&", out);
        prose_put_code(out, text, strlen(text));
        fputc('\n', out);
}

static void put_line(FILE *out, struct page_state *state, const char *line)
{
        if (line[0] == '%')
                return;
        if (strncmp(line, "    ", 4) == 0) {
                put_literal(out, state, line + 4);
                return;
        }
        if (!line[0]) {
                state->paragraph = true;
                return;
        }
        if (state->literal)
                state->paragraph = true;
        end_literal(out, state);
        if (strncmp(line, "## ", 3) == 0)
                fprintf(out, ".SH %s\n", line + 3);
        else if (strncmp(line, "- ", 2) == 0)
                fputs(".IP \\(bu 2\n", out);
        else if (strncmp(line, "= ", 2) == 0)
                fputs(".TP\n", out);
        else if (state->paragraph && !state->heading)
                fputs(".PP\n", out);
        if (strncmp(line, "## ", 3) != 0)
                prose_put_text(
                        out, line + ((line[0] == '-' || line[0] == '=') && line[1] == ' ' ? 2 : 0));
        state->paragraph = false;
        state->heading = strncmp(line, "## ", 3) == 0;
}

static const char *first_heading(const char *prose)
{
        const char *at = strncmp(prose, "## ", 3) == 0 ? prose : strstr(prose, "\n## ");

        if (!at)
                return strchr(prose, '\0');
        return *at == '\n' ? at + 1 : at;
}

static void put_lines(FILE *out, const char *from, const char *to)
{
        struct page_state state = { 0 };
        char line[1024];

        while (from < to) {
                size_t len = strcspn(from, "\n");

                snprintf(line, sizeof(line), "%.*s", (int)len, from);
                put_line(out, &state, line);
                from += len + (from[len] ? 1 : 0);
        }
        end_literal(out, &state);
}

void prose_put_description(FILE *out, const char *prose)
{
        fputs(".SH DESCRIPTION\n", out);
        put_lines(out, prose, first_heading(prose));
}

void prose_put_sections(FILE *out, const char *prose)
{
        put_lines(out, first_heading(prose), strchr(prose, '\0'));
}
