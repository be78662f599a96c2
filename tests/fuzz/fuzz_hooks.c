/* A hook's file: what is well-formed can be held against a container. */
#include "engine/container/hooks_of.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        AUTO_JSON json_t *hook = NULL;
        AUTO_JSON json_t *annotations = json_pack("{s:s, s:i}", "org.example.a", "yes", "b", 1);
        struct error err;

        if (json_parse((const char *)data, size, "hook", &hook, NULL) < 0 ||
            hooks_of_check(hook, &err) < 0)
                return 0;
        (void)hooks_of_match(hook, "/usr/bin/program", annotations, true);
        (void)hooks_of_match(hook, "", annotations, false);
        return 0;
}
