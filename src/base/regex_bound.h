/* A bound for patterns that others wrote. */
#ifndef KELP_BASE_REGEX_BOUND_H
#define KELP_BASE_REGEX_BOUND_H

#include <stdbool.h>

/* May an extended regular expression (regex(7)) be given to regcomp(3)? Not with repetitions of
 * repetitions that amount to more than a thousand copies of a part: (((a{99}){99}){99}) takes
 * all memory there is, a++++++++++++++++++++++++++++++++ too. Whether it is one is regcomp's to
 * say. */
bool regex_is_bounded(const char *pattern);

#endif
