/* See regex_bound.h. regcomp(3) copies what is repeated {n,m} times, and what has a "+" once, so a
 * group's size is that of its parts, and a part's what is repeated times its count. All that is
 * read of the pattern is groups, counts, and what hides them: brackets and backslashes.
 */
#include "base/regex_bound.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_LIMIT 1000 /* parts: the time for what may be empty grows with the square */
#define DEPTH_MAX  64   /* groups in groups */

struct measure {
        size_t done[DEPTH_MAX]; /* parts before the last one, of each open group */
        size_t last;            /* the last part: what a repetition is of */
        size_t depth;
        size_t largest;
};

/* Behind "[...]", in which "]" may stand first. */
static const char *skip_bracket(const char *at)
{
        at += at[1] == '^' ? 2 : 1;
        at += *at == ']';
        at += strcspn(at, "]");
        return *at ? at + 1 : at;
}

static const char *skip_count(const char *at)
{
        at += strcspn(at, "}");
        return *at ? at + 1 : at;
}

/* The larger of the counts in "{n,m}". */
static size_t count_of(const char *at)
{
        char *end;
        unsigned long first = strtoul(at + 1, &end, 10), second = 0;

        if (*end == ',')
                second = strtoul(end + 1, NULL, 10);
        if (first > SIZE_LIMIT || second > SIZE_LIMIT)
                return SIZE_LIMIT + 1;
        return first > second ? first : second > 0 ? second : 1;
}

static void set_last(struct measure *m, size_t size)
{
        m->last = size;
        if (m->done[m->depth] + size > m->largest)
                m->largest = m->done[m->depth] + size;
}

static void add_part(struct measure *m, size_t size)
{
        m->done[m->depth] += m->last;
        set_last(m, size);
}

static bool open_group(struct measure *m)
{
        m->done[m->depth] += m->last;
        m->last = 0;
        if (m->depth + 1 == DEPTH_MAX)
                return false;
        m->done[++m->depth] = 0;
        return true;
}

static void close_group(struct measure *m)
{
        size_t size = m->done[m->depth] + m->last;

        if (m->depth == 0)
                return;
        m->depth--;
        set_last(m, size + 1);
}

/* The next of what is read; NULL: too deep. */
static const char *take(struct measure *m, const char *at)
{
        switch (*at) {
        case '[':
                add_part(m, 1);
                return skip_bracket(at);
        case '{':
                set_last(m, m->last * count_of(at));
                return skip_count(at);
        case '(':
                return open_group(m) ? at + 1 : NULL;
        case ')':
                close_group(m);
                return at + 1;
        case '+': /* once, and any number of times */
                set_last(m, m->last * 2 + 1);
                return at + 1;
        case '*':
        case '?':
                set_last(m, m->last + 1);
                return at + 1;
        default:
                add_part(m, 1);
                return at + (*at == '\\' && at[1] ? 2 : 1);
        }
}

bool regex_is_bounded(const char *pattern)
{
        struct measure m = { 0 };

        while (pattern && *pattern && m.largest <= SIZE_LIMIT)
                pattern = take(&m, pattern);
        return pattern && m.largest <= SIZE_LIMIT;
}
