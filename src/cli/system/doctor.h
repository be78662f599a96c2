/* kelp doctor's parts: each tries some of what containers stand on and adds its findings. */
#ifndef KELP_CLI_SYSTEM_DOCTOR_H
#define KELP_CLI_SYSTEM_DOCTOR_H

#include "base/json.h"
#include "engine/state/store.h"

#include <stdbool.h>

enum doctor_state { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_MISSING, DOCTOR_STATE_COUNT };

struct doctor_report {
        json_t *rows;
        enum doctor_state worst;
        const struct store *store;
        bool inside; /* we are in a container ourselves: the cure is where that was started */
        bool userns; /* doctor_users() found that user namespaces work */
};

/* One finding. cost and cure are left out when all is well; cure may be "". */
void doctor_add(struct doctor_report *report, const char *what, enum doctor_state state,
                const char *detail, const char *cost, const char *cure);

/* The cure, or the outer container's where we are in one. */
const char *doctor_cure(const struct doctor_report *report, const char *here, const char *outside);

void doctor_users(struct doctor_report *report);
void doctor_storage(struct doctor_report *report);
void doctor_isolation(struct doctor_report *report);
void doctor_network(struct doctor_report *report);
void doctor_session(struct doctor_report *report);

#endif
