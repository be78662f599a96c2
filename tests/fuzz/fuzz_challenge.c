/* WWW-Authenticate challenges. */
#include "base/cleanup.h"
#include "engine/registry/auth.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        AUTO_FREE char *text = strndup((const char *)data, size);
        struct challenge challenge;

        (void)challenge_parse(text, &challenge);
        return 0;
}
