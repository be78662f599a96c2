/* Transports. See transport.h. */
#include "engine/image/transport.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/image/reference.h"

#include <assert.h>
#include <string.h>

static const char *const names[] = {
        [TRANSPORT_DOCKER] = "docker",
        [TRANSPORT_OCI] = "oci",
        [TRANSPORT_OCI_ARCHIVE] = "oci-archive",
        [TRANSPORT_DOCKER_ARCHIVE] = "docker-archive",
        [TRANSPORT_DIR] = "dir",
};
static_assert(ARRAY_SIZE(names) == TRANSPORT_DIR + 1, "a name for each");

static const char *const unsupported[] = { "docker-daemon", "containers-storage",
                                           "atomic",        "sif",
                                           "tarball",       "ostree" };

const char *transport_name(enum transport_kind kind)
{
        return names[kind];
}

void transport_release(struct transport *transport)
{
        free(transport->path);
        free(transport->reference);
        *transport = (struct transport){ 0 };
}

/* "PATH[:NAME]"; dir: has no names. */
static int split_path(const char *text, enum transport_kind kind, struct transport *out,
                      struct error *err)
{
        const char *colon = kind == TRANSPORT_DIR ? NULL : strchr(text, ':');

        if (!text[0] || colon == text)
                return error_set(err, ERROR_USAGE, "%s: needs a path behind it", names[kind]);
        out->kind = kind;
        out->written = true;
        out->path = colon ? xstrndup(text, (size_t)(colon - text)) : xstrdup(text);
        if (colon && colon[1])
                out->reference = xstrdup(colon + 1);
        return 0;
}

static bool begins(const char *text, const char *word, const char **rest)
{
        size_t len = strlen(word);

        *rest = text + len + 1;
        return strncmp(text, word, len) == 0 && text[len] == ':';
}

int transport_parse(const char *text, struct transport *transport_out, struct error *err)
{
        const char *rest;

        *transport_out = (struct transport){ 0 };
        for (size_t i = TRANSPORT_OCI; i < ARRAY_SIZE(names); i++)
                if (begins(text, names[i], &rest))
                        return split_path(rest, (enum transport_kind)i, transport_out, err);
        for (size_t i = 0; i < ARRAY_SIZE(unsupported); i++)
                if (begins(text, unsupported[i], &rest))
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "the transport %s: is not supported: docker://, oci:, "
                                         "oci-archive:, docker-archive: and dir: are",
                                         unsupported[i]);
        if (strncmp(text, "docker://", 9) == 0) {
                transport_out->written = true;
                text += 9;
        }
        transport_out->reference = xstrdup(text);
        return 0;
}

char *transport_local_name(const char *text)
{
        AUTO(reference) ref = { 0 };

        while (*text == '/')
                text++;
        if (reference_parse(text, &ref, NULL) < 0)
                return NULL;
        if (!ref.registry)
                ref.registry = xstrdup("localhost");
        return reference_name(&ref);
}

int transport_new_name(const char *text, char **name_out, struct error *err)
{
        AUTO(reference) ref = { 0 };

        if (reference_parse(text, &ref, err) < 0)
                return -1;
        if (ref.digest)
                return error_set(err, ERROR_USAGE, "a new image cannot be named by a digest");
        *name_out = transport_local_name(text);
        return 0;
}
