/* Go templates. */
#include "cli/output/template.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        AUTO_FREE char *text = strndup((const char *)data, size);
        AUTO_JSON json_t *value = json_pack("[{s:s, s:[i, i], s:{s:s}}]", "Name", "x", "List", 1, 2,
                                            "Labels", "k", "v");
        FILE *out = fopen("/dev/null", "w");
        struct error err;

        (void)template_print(text, value, out, &err);
        fclose(out);
        return 0;
}
