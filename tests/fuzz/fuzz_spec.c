/* config.json -> launch plan, and back to text. */
#include "base/json.h"
#include "engine/runtime/plan.h"
#include "engine/runtime/spec_file.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        AUTO_JSON json_t *spec = NULL;
        AUTO_FREE char *text = NULL;
        AUTO(launch_plan) plan = { 0 };
        AUTO(process_plan) process = { 0 };
        AUTO(hooks) hooks = { 0 };

        if (spec_parse((const char *)data, size, "config.json", &spec, NULL) < 0)
                return 0;
        text = spec_text(spec, JSON_COMPACT | JSON_ENCODE_ANY);
        (void)launch_plan_make(spec, "/bundle", -1, &plan, NULL);
        (void)process_plan_make(json_object_get(spec, "process"), NULL, NULL, -1, &process, NULL);
        (void)hooks_parse(json_object_get(spec, "hooks"), &hooks, NULL);
        free(hooks_state(spec, "running", 1));
        return 0;
}
