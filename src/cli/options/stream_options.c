/* See stream_options.h. */
#include "cli/options/stream_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/container/log_place.h"

#include <strings.h>

static const char *known(const char *word)
{
        static const char *const streams[] = { "stdin", "stdout", "stderr" };

        for (size_t i = 0; i < ARRAY_SIZE(streams); i++)
                if (strcasecmp(word, streams[i]) == 0)
                        return streams[i];
        return NULL;
}

int stream_options_fill(const struct strv *streams, struct container_spec *spec, struct error *err)
{
        AUTO(strv) words = { 0 };

        for (size_t i = 0; i < streams->count; i++)
                strv_split(&words, streams->items[i], ',');
        for (size_t i = 0; i < words.count; i++) {
                const char *stream = known(words.items[i]);

                if (!stream)
                        return error_set(err, ERROR_USAGE,
                                         "invalid stream \"%s\" for --attach - must be one of "
                                         "stdin, stdout, or stderr",
                                         words.items[i]);
                if (!strv_contains(&spec->attach, stream))
                        strv_add(&spec->attach, stream);
        }
        return 0;
}

struct stream_set stream_options_of(const struct container_spec *spec)
{
        bool all = spec->attach.count == 0;

        if (log_driver_of(spec) == LOG_DRIVER_PASSTHROUGH)
                return (struct stream_set){ 0 };
        return (struct stream_set){ .in = spec->interactive,
                                    .out = all || strv_contains(&spec->attach, "stdout"),
                                    .err = all || strv_contains(&spec->attach, "stderr") };
}
