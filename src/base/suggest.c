/* "Did you mean ...": the nearest candidate by edit distance with transpositions. */
#include "base/suggest.h"

#include <string.h>

#define WORD_MAX         40
#define SUGGEST_DISTANCE 2 /* edits; more, and the suggestion is a guess */

static int min3(int a, int b, int c)
{
        int least = a < b ? a : b;

        return least < c ? least : c;
}

/* Optimal string alignment distance, three rows. */
static int distance(const char *a, const char *b)
{
        int rows[3][WORD_MAX + 1];
        size_t la = strlen(a), lb = strlen(b);

        if (la > WORD_MAX || lb > WORD_MAX)
                return WORD_MAX;
        for (size_t j = 0; j <= lb; j++)
                rows[0][j] = (int)j;
        for (size_t i = 1; i <= la; i++) {
                int *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

                row[0] = (int)i;
                for (size_t j = 1; j <= lb; j++) {
                        row[j] = min3(above[j] + 1, row[j - 1] + 1,
                                      above[j - 1] + (a[i - 1] != b[j - 1]));
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                            before[j - 2] + 1 < row[j])
                                row[j] = before[j - 2] + 1;
                }
        }
        return rows[la % 3][lb];
}

const char *suggest_nearest(const char *word, const char *(*next)(const void *data, size_t i),
                            const void *data)
{
        const char *nearest = NULL, *candidate;
        int least = SUGGEST_DISTANCE + 1;

        for (size_t i = 0; (candidate = next(data, i)); i++) {
                int d = distance(word, candidate);

                if (d < least && d < (int)strlen(candidate)) {
                        least = d;
                        nearest = candidate;
                }
        }
        return nearest;
}
