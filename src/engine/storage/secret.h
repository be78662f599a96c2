/* Secrets: small pieces of data that containers get and images do not.
 *
 *     secrets/NAME/record   ID, labels, times (JSON)
 *                 /data     the secret itself, mode 0600
 *
 * The directory is built in staging/ and appears by one rename; replacing one exchanges the two.
 * A container that is made with a secret gets a copy (container/secrets.h), so removing or
 * replacing one changes no container.
 */
#ifndef KELP_ENGINE_STORAGE_SECRET_H
#define KELP_ENGINE_STORAGE_SECRET_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/state/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_ID_LEN   25
#define SECRET_DATA_MAX ((size_t)512000)

struct secret {
        char *name;
        char id[SECRET_ID_LEN + 1]; /* hexadecimal */
        struct strv labels;         /* "key=value" */
        struct strv driver_options; /* kept and shown; the driver "file" has none */
        int64_t created_ns, updated_ns;
};

void secret_release(struct secret *secret);

/* Publish it; the ID and the times are set here. ERROR_USAGE: a name or size that cannot be.
 * ERROR_EXISTS: NAME: secret name in use, unless replace. */
int secret_create(const struct store *store, struct secret *secret, const void *data, size_t len,
                  bool replace, struct error *err);

/* By name, ID, or the unique beginning of an ID. ERROR_NOT_FOUND: no secret with name or id "x": no
 * such secret. */
int secret_lookup(const struct store *store, const char *text, struct secret *secret_out,
                  struct error *err);

/* The caller frees, and wipes. */
int secret_read(const struct store *store, const char *name, char **data_out, size_t *len_out,
                struct error *err);

int secret_remove(const struct store *store, const char *name, struct error *err);

struct secret_list {
        struct secret *items; /* by name */
        size_t count;
};
void secret_list_release(struct secret_list *list);
int secret_list_load(const struct store *store, struct secret_list *list_out, struct error *err);

#endif
