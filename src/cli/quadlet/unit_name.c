/* What systemd takes as the name of a unit; a name that it does not take it passes over. */
#include "cli/quadlet/unit_name.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"

#include <string.h>

#define NAME_MAX_BYTES 255

static const char *const endings[] = {
        ".service", ".socket", ".target", ".device", ".mount", ".automount",
        ".swap",    ".timer",  ".path",   ".slice",  ".scope",
};

bool unit_name_is_valid(const char *name)
{
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789:_.\\@-";
        bool typed = false;

        for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
                typed = typed || path_ends_with(name, endings[i]);
        return typed && name[0] != '@' && name[strspn(name, allowed)] == '\0' &&
               strlen(name) <= NAME_MAX_BYTES;
}

char *unit_name_stem(const char *service)
{
        return xstrndup(service, strlen(service) - strlen(".service"));
}

bool unit_name_is_template(const char *service)
{
        return path_ends_with(service, "@.service");
}

bool unit_name_has_instance(const char *service)
{
        return strchr(service, '@') != NULL;
}
