/* --preserve-fds and --preserve-fd of run and exec: descriptors that the program gets from whoever
 * called kelp. */
#ifndef KELP_CLI_OPTIONS_PRESERVE_OPTIONS_H
#define KELP_CLI_OPTIONS_PRESERVE_OPTIONS_H

#include "cli/command.h"
#include "engine/runtime/plan.h"

struct preserve_args {
        struct opt_int count;
        struct strv fds;
};

/* `at` is the member of OPT_ARGS that is a struct preserve_args; group: of --help. */
#define PRESERVE_OPTIONS(group, at)                                                                \
        OPT_LIST_IN(group, 0, "preserve-fd", at.fds, "FD[,FD]", "Pass these descriptors on"),      \
                OPT_INT_IN(group, 0, "preserve-fds", at.count, "N",                                \
                           "Pass the descriptors from 3 to 2+N on")

/* The descriptors that were asked for; all of them were inherited, else ERROR_USAGE. Called before
 * any descriptor without FD_CLOEXEC is opened: kelp's own all have it, and those that it inherited
 * have not. */
int preserve_options_fill(const struct preserve_args *args, struct preserved_fds *fds_out,
                          struct error *err);

#endif
