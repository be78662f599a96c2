/* Tables of a group's keys: which flag of which command each becomes. A key whose flag the command
 * refuses is refused for the same reason, so the tables follow what kelp can do. */
#ifndef KELP_CLI_QUADLET_QUADLET_KEYS_H
#define KELP_CLI_QUADLET_QUADLET_KEYS_H

#include "cli/command.h"
#include "cli/quadlet/quadlet.h"

/* A Quadlet file that becomes a unit. */
struct conversion {
        const struct quadlet_list *list; /* all files, for references */
        struct quadlet *quadlet;         /* its unit is being made */
        const char *program;             /* the path of kelp */
        struct strv words;               /* of the command that the keys become */
};

enum quadlet_key_type {
        KEY_LAST,       /* the last value */
        KEY_EACH,       /* each value */
        KEY_WORDS,      /* each word of each value */
        KEY_ESCAPED,    /* the same, with C escapes */
        KEY_BOOL,       /* --flag=true or --flag=false */
        KEY_IF,         /* when yes: --flag and what is fixed */
        KEY_OWN,        /* add() does it */
        KEY_ELSE,       /* read elsewhere */
        KEY_REFUSED,    /* fixed is the reason */
        KEY_REFUSED_IF, /* the same, when yes */
};

struct quadlet_key {
        const char *name;
        enum quadlet_key_type type;
        const char *flag;  /* without the dashes */
        const char *fixed; /* stands before the value, or NULL */
        int (*add)(struct conversion *c, const struct quadlet_key *key, struct error *err);
};

/* Rows of a table. A flag that is named is looked up in the command's options. */
#define KEY(type, name, flag)                                                                      \
        {                                                                                          \
                (name), (type), (flag), NULL, NULL                                                 \
        }
#define KEY_FIXED(type, name, flag, fixed)                                                         \
        {                                                                                          \
                (name), (type), (flag), (fixed), NULL                                              \
        }
#define KEY_BY(name, flag, add)                                                                    \
        {                                                                                          \
                (name), KEY_OWN, (flag), NULL, (add)                                               \
        }
#define KEY_READ_ELSEWHERE(name, flag)                                                             \
        {                                                                                          \
                (name), KEY_ELSE, (flag), NULL, NULL                                               \
        }
#define KEY_NOT_OFFERED(name, why)                                                                 \
        {                                                                                          \
                (name), KEY_REFUSED, NULL, (why), NULL                                             \
        }
#define KEY_NOT_OFFERED_IF(name, why)                                                              \
        {                                                                                          \
                (name), KEY_REFUSED_IF, NULL, (why), NULL                                          \
        }

/* Every key of the file's group has to be in the table, which ends with { 0 }, and to be one that
 * is not refused; then add their flags to c->words in the table's order. */
int quadlet_keys_apply(struct conversion *c, const struct quadlet_key *keys,
                       const struct command *command, struct error *err);

/* The words of all values of a key; escapes: C escapes are resolved. */
int quadlet_words(const struct conversion *c, const char *key, bool escapes, struct strv *words_out,
                  struct error *err);

/* The flag of the key, what is fixed and the value into c->words. */
void quadlet_add_flag(struct conversion *c, const struct quadlet_key *key, const char *value);

/* PodmanArgs=, flags of the command that the file gives as they are. They are parsed, so that what
 * is refused is refused here. */
int quadlet_keys_arguments(struct conversion *c, const struct command *command, struct error *err);

/* Begin c->words: kelp, and GlobalArgs=, which are parsed too. */
int quadlet_keys_begin(struct conversion *c, struct error *err);

#endif
