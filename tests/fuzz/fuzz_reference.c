/* Image references. */
#include "base/cleanup.h"
#include "engine/image/reference.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        AUTO_FREE char *text = strndup((const char *)data, size);
        AUTO(reference) ref = { 0 };
        AUTO(strv) names = { 0 };
        struct error err;

        if (reference_parse(text, &ref, &err) < 0)
                return 0;
        reference_candidates(&ref, &names);
        /* What was taken parses again to the same name. */
        for (size_t i = 0; i < names.count; i++) {
                AUTO(reference) again = { 0 };
                AUTO_FREE char *name = NULL;

                if (reference_parse(names.items[i], &again, &err) < 0)
                        abort();
                name = reference_name(&again);
                if (strcmp(name, names.items[i]) != 0)
                        abort();
        }
        return 0;
}
