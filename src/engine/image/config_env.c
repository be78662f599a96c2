/* The environment of an image: each name once. */
#include "engine/image/config_env.h"

#include <string.h>

void config_env_set(json_t *env, const char *assignment)
{
        size_t len = strcspn(assignment, "="), at;
        json_t *old;

        json_array_foreach (env, at, old) {
                const char *text = json_string_value(old);

                if (text && strcspn(text, "=") == len && strncmp(text, assignment, len) == 0) {
                        json_array_set_new(env, at, json_string_any(assignment));
                        return;
                }
        }
        json_array_append_new(env, json_string_any(assignment));
}
