/* Content digests: "sha256:" and 64 hexadecimal digits (image-spec, descriptor.md). */
#ifndef KELP_ENGINE_STORAGE_DIGEST_H
#define KELP_ENGINE_STORAGE_DIGEST_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_HEX_LEN 64

struct digest {
        char text[7 + DIGEST_HEX_LEN + 1]; /* "sha256:..." */
};

/* Parse and check; other algorithms are ERROR_UNSUPPORTED. */
int digest_parse(const char *text, struct digest *digest_out, struct error *err);
const char *digest_hex(const struct digest *digest); /* behind the colon */
bool digest_equal(const struct digest *a, const struct digest *b);

/* Streaming. The context is the caller's (no heap). */
struct digest_context {
        _Alignas(16) unsigned char opaque[256];
};
void digest_init(struct digest_context *ctx);
void digest_update(struct digest_context *ctx, const void *data, size_t len);
void digest_final(struct digest_context *ctx, struct digest *digest_out);

/* Of a buffer. */
void digest_of(const void *data, size_t len, struct digest *digest_out);

#endif
