/* Which instructions there are. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/suggest.h"
#include "engine/containerfile/instruction_parse.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *const names[] = {
        [INSTRUCTION_ADD] = "ADD",
        [INSTRUCTION_ARG] = "ARG",
        [INSTRUCTION_CMD] = "CMD",
        [INSTRUCTION_COPY] = "COPY",
        [INSTRUCTION_ENTRYPOINT] = "ENTRYPOINT",
        [INSTRUCTION_ENV] = "ENV",
        [INSTRUCTION_EXPOSE] = "EXPOSE",
        [INSTRUCTION_FROM] = "FROM",
        [INSTRUCTION_HEALTHCHECK] = "HEALTHCHECK",
        [INSTRUCTION_LABEL] = "LABEL",
        [INSTRUCTION_MAINTAINER] = "MAINTAINER",
        [INSTRUCTION_ONBUILD] = "ONBUILD",
        [INSTRUCTION_RUN] = "RUN",
        [INSTRUCTION_SHELL] = "SHELL",
        [INSTRUCTION_STOPSIGNAL] = "STOPSIGNAL",
        [INSTRUCTION_USER] = "USER",
        [INSTRUCTION_VOLUME] = "VOLUME",
        [INSTRUCTION_WORKDIR] = "WORKDIR",
};
static_assert(ARRAY_SIZE(names) == INSTRUCTION_COUNT, "a name for each kind");

const char *instruction_name(enum instruction_kind kind)
{
        return names[kind];
}

bool instruction_kind_of(const char *word, size_t len, enum instruction_kind *kind_out)
{
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strlen(names[i]) == len && strncasecmp(names[i], word, len) == 0) {
                        *kind_out = (enum instruction_kind)i;
                        return true;
                }
        return false;
}

static const char *name_at(const void *data, size_t i)
{
        (void)data;
        return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

int instruction_unknown(const char *word, struct error *err)
{
        AUTO_FREE char *upper = xstrndup(word, 40);
        const char *nearest;

        for (char *c = upper; *c; c++)
                *c = (char)toupper((unsigned char)*c);
        nearest = suggest_nearest(upper, name_at, NULL);
        error_set(err, ERROR_INVALID, "unknown instruction \"%.40s\"", word);
        if (!nearest)
                return -1;
        return error_cure(err, "did you mean %s?", nearest);
}
