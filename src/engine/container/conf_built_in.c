/* See conf_built_in.h. The comparison reads the text, because the start of a container waits for
 * it, and nearly every machine has the delivered file. */
#include "engine/container/conf_built_in.h"

#include "base/cleanup.h"
#include "engine/container/oci.h"

#include <string.h>

static const char *const capabilities[] = { "CHOWN",   "DAC_OVERRIDE",     "FOWNER",     "FSETID",
                                            "KILL",    "NET_BIND_SERVICE", "SETFCAP",    "SETGID",
                                            "SETPCAP", "SETUID",           "SYS_CHROOT", NULL };
static const char *const sysctls[] = { OCI_DEFAULT_SYSCTL, NULL };

static const struct {
        const char *key;
        const char *const *items;
} lists[] = {
        { "default_capabilities", capabilities },
        { "default_sysctls", sysctls },
};

/* Over white space, commas and comments. */
static const char *skip(const char *text)
{
        for (;;) {
                text += strspn(text, " \t\r\n,");
                if (*text != '#')
                        return text;
                text += strcspn(text, "\n");
        }
}

static bool is_list(const char *text, const char *const *items)
{
        text = skip(text);
        if (*text++ != '[')
                return false;
        for (; *items; items++) {
                size_t len = strlen(*items);

                text = skip(text);
                if (text[0] != '"' || strncmp(text + 1, *items, len) != 0 || text[len + 1] != '"')
                        return false;
                text += len + 2;
        }
        return *skip(text) == ']';
}

bool conf_built_in_is(const char *key, const char *value)
{
        for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
                if (strcmp(lists[i].key, key) == 0)
                        return is_list(value, lists[i].items);
        return false;
}

void conf_built_in_add(json_t *whole)
{
        json_t *table = json_object();

        for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
                json_t *array = json_array();

                for (const char *const *item = lists[i].items; *item; item++)
                        json_array_append_new(array, json_string(*item));
                json_object_set_new(table, lists[i].key, array);
        }
        json_object_set_new(whole, "containers", table);
}
