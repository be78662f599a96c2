/* What every unit test needs: cmocka, and assertions that show both values. */
#ifndef KELP_TESTS_UNIT_H
#define KELP_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/error.h"

/* The call fails, and its sentence holds `words`. */
#define assert_fails_with(call, err, words)                                                        \
        do {                                                                                       \
                (err) = (struct error){ 0 };                                                       \
                assert_int_equal((call), -1);                                                      \
                if (!strstr((err).text, (words)))                                                  \
                        fail_msg("\"%s\" does not say \"%s\"", (err).text, (words));               \
        } while (0)

#define assert_succeeds(call, err)                                                                 \
        do {                                                                                       \
                (err) = (struct error){ 0 };                                                       \
                if ((call) < 0)                                                                    \
                        fail_msg("%s: %s", #call, (err).text);                                     \
        } while (0)

#endif
