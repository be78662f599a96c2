/* Image configs: diffIDs, and what inspect shows of them. */
#include "base/json.h"
#include "cli/image/inspect_image.h"
#include "engine/image/manifest.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        AUTO_JSON json_t *json = NULL;
        struct image image = { 0 };

        if (json_parse((const char *)data, size, "config", &json, NULL) < 0)
                return 0;
        image.layer_count =
                json_array_size(json_object_get(json_object_get(json, "rootfs"), "diff_ids"));
        if (config_diff_ids(json, image.layer_count, &image.diff_ids, NULL) < 0)
                return 0;
        image.config = json;
        json_decref(inspect_image(&image));
        free(image.diff_ids);
        return 0;
}
