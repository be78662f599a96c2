/* Manifests, indexes, image configs. */
#include "base/json.h"
#include "engine/image/manifest.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        AUTO_JSON json_t *json = NULL;
        AUTO(manifest) manifest = { 0 };
        AUTO_FREE struct digest *ids = NULL;
        struct platform platform;
        struct digest digest;
        struct error err;

        if (json_parse((const char *)data, size, "fuzz", &json, &err) < 0)
                return 0;
        platform_host(&platform);
        if (manifest_is_index(json, NULL))
                (void)manifest_choose(json, &platform, &digest, &err);
        (void)manifest_parse(json, &manifest, &err);
        (void)config_diff_ids(json, 1, &ids, &err);
        return 0;
}
