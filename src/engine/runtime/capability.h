/* Capabilities: names, podman's default set, and putting sets in place (capabilities(7)). */
#ifndef KELP_ENGINE_RUNTIME_CAPABILITY_H
#define KELP_ENGINE_RUNTIME_CAPABILITY_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stdint.h>

/* Bit n is capability n. */
struct capability_sets {
        uint64_t bounding, effective, permitted, inheritable, ambient;
};

/* Every capability this kernel has. */
uint64_t capability_all(void);

/* Names with or without CAP_, any case, "ALL". Unknown ones are ERROR_USAGE. */
int capability_parse_list(const struct strv *names, uint64_t *set_out, struct error *err);

/* podman's default set. */
uint64_t capability_default(void);

/* base minus drop, plus add ("ALL" in either starts from all or nothing). */
int capability_merge(uint64_t base, const struct strv *add, const struct strv *drop,
                     uint64_t *set_out, struct error *err);

/* process.capabilities of the runtime specification, both ways; NULL: all empty. Names that are not
 * known are left out with a warning (config.md, "Linux Process"). */
void capability_sets_from_json(const json_t *capabilities, struct capability_sets *sets_out);
json_t *capability_names(uint64_t set);

/* In this order: before setresuid(2); after it, with PR_SET_KEEPCAPS; last. What the process does
 * not have is left out, never fatal. */
int capability_drop_bounding(uint64_t keep, struct error *err);
int capability_raise(struct error *err);
bool capability_in_effect(unsigned capability);
int capability_apply(const struct capability_sets *sets, struct error *err);

#endif
