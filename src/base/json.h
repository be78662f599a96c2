/* JSON through jansson, with ceilings and sentences. */
#ifndef KELP_BASE_JSON_H
#define KELP_BASE_JSON_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strv.h"

#include <jansson.h>
#include <stdbool.h>

static inline void cleanup_json(json_t **json)
{
        json_decref(*json);
        *json = NULL;
}
#define AUTO_JSON __attribute__((cleanup(cleanup_json)))

/* Parse text that came from outside: duplicate keys and a depth over LIMIT_JSON_DEPTH are
 * refused. New reference for the caller; `what` names it in the sentence. */
int json_parse(const char *text, size_t len, const char *what, json_t **json_out,
               struct error *err);

/* Read and parse dir_fd/name, at most max bytes. A missing file is ERROR_NOT_FOUND. */
int json_read_file(int dir_fd, const char *name, size_t max, json_t **json_out, struct error *err);

/* Write compactly, in one step (fd_write_file). */
int json_write_file(int dir_fd, const char *name, const json_t *json, mode_t mode,
                    struct error *err);

/* Lenient getters: the member when present and of that type, else the fallback. Borrowed. */
const char *json_get_string(const json_t *object, const char *key, const char *fallback);
json_int_t json_get_int(const json_t *object, const char *key, json_int_t fallback);
bool json_get_bool(const json_t *object, const char *key, bool fallback);

/* The strings of an array (others are skipped) appended to v / a new array of v's strings. */
void json_to_strv(const json_t *array, struct strv *v);
json_t *json_from_strv(const struct strv *v);

/* "key=value" strings as a new object; without a sign the value is "". */
json_t *json_from_pairs(const struct strv *pairs);

/* json_object_set_new with a copy of the string, which may not be UTF-8 (then escaped lossily);
 * NULL sets "". */
void json_set_string(json_t *object, const char *key, const char *value);
json_t *json_string_any(const char *value);

#endif
