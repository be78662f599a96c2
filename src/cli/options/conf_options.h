/* containers.conf(5) as options: what a key says is parsed as if the user had given the option in
 * front of all others, so that the command line goes before it and the same is refused.
 */
#ifndef KELP_CLI_OPTIONS_CONF_OPTIONS_H
#define KELP_CLI_OPTIONS_CONF_OPTIONS_H

#include "cli/command.h"

enum conf_kind {
        CONF_ADDED,    /* of a list: what the command line says is added */
        CONF_REPLACED, /* ... takes its place */
        CONF_SIZE,     /* a negative one is no choice */
        CONF_DISABLES, /* a boolean: false is "disable", true is no choice */
};

struct conf_option {
        const char *table; /* "containers" */
        const char *key;
        const char *format; /* "--dns=%s", for each value of a list */
        enum conf_kind kind;
};

/* Of run and create; of build; of what attaches; of pull and push. Each ends with { 0 }. */
extern const struct conf_option conf_container[], conf_build[], conf_keys[], conf_transfer[];

/* Fill args from the files. *words owns what args points to: it has to live as long. */
int conf_options_parse(const struct conf_option *conf, const struct opt *options, void *args,
                       struct strv *words, struct error *err);

/* Afterwards, and after the command line was parsed: a list of an option that it has given and that
 * is to be replaced loses what came from the files. words as above. */
void conf_options_settle(const struct conf_option *conf, const struct opt *options, void *args,
                         const struct strv *words);

/* What the files say for an option that has one value; NULL: nothing, or they cannot be read. The
 * caller frees. conf may be NULL. */
char *conf_options_value(const struct conf_option *conf, const struct opt *option);

/* [engine] cgroup_manager where the caller has named none. */
int conf_options_global(struct global_args *global, struct error *err);

/* --hooks-dir, or [engine] hooks_dir. Borrowed. */
const struct strv *conf_options_hooks(const struct global_args *global);

#endif
