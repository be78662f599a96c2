/* A command is a table: parsing, --help, suggestions, completion and the manual's OPTIONS section
 * come from it. A command's file defines its args struct, sets OPT_ARGS to it, lists its options
 * and exports one `const struct command cmd_NAME`; commands.c lists them all.
 */
#ifndef KELP_CLI_COMMAND_H
#define KELP_CLI_COMMAND_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/state/store.h"

#include <stdbool.h>
#include <stddef.h>

enum opt_type {
        OPT_TYPE_BOOL,    /* bool: --x, --x=true, --x=false, -x */
        OPT_TYPE_SWITCH,  /* struct opt_int: a bool that tells whether it was given; value 0 or 1 */
        OPT_TYPE_STRING,  /* const char *: the last one wins; points into argv */
        OPT_TYPE_WORD,    /* const char *: only --x=value has one; --x alone is "" */
        OPT_TYPE_LIST,    /* struct strv: each occurrence is appended whole */
        OPT_TYPE_INT,     /* struct opt_int: a decimal number */
        OPT_TYPE_REFUSED, /* known to podman or docker, not offered: refused by name, with why */
};

struct opt_int {
        bool set;
        long long value;
};

struct opt {
        char letter; /* 0: none */
        const char *name;
        enum opt_type type;
        size_t offset;     /* of the member in the args struct */
        const char *value; /* what the value is called in --help ("SECONDS"), NULL: it has none */
        const char *help;  /* one phrase, capitalised, no full stop; for REFUSED: the reason */
        const char *group; /* heading of its group in --help, NULL: "Options" */
        const char *as_podman; /* for REFUSED: podman's sentence, where podman refuses it too */
        const char *initial;   /* --help tells that this holds when it is not given; or NULL */
};

/* OPT_X_IN: in a group of its own in --help, for what few people need often: only the names are
 * shown, and described by kelp help --all. */
#define OPT_BOOL_IN(g, l, n, member, h)                                                            \
        {                                                                                          \
                (l), (n), OPT_TYPE_BOOL, offsetof(OPT_ARGS, member), NULL, (h), (g), NULL, NULL    \
        }
#define OPT_BOOL(l, n, member, h) OPT_BOOL_IN(NULL, l, n, member, h)
#define OPT_SWITCH_IN(g, l, n, member, h)                                                          \
        {                                                                                          \
                (l), (n), OPT_TYPE_SWITCH, offsetof(OPT_ARGS, member), NULL, (h), (g), NULL, NULL  \
        }
#define OPT_SWITCH(l, n, member, h) OPT_SWITCH_IN(NULL, l, n, member, h)
#define OPT_STR_IN(g, l, n, member, v, h)                                                          \
        {                                                                                          \
                (l), (n), OPT_TYPE_STRING, offsetof(OPT_ARGS, member), (v), (h), (g), NULL, NULL   \
        }
#define OPT_STR(l, n, member, v, h) OPT_STR_IN(NULL, l, n, member, v, h)
#define OPT_WORD(l, n, member, v, h, from)                                                         \
        {                                                                                          \
                (l), (n), OPT_TYPE_WORD, offsetof(OPT_ARGS, member), (v), (h), NULL, NULL, (from)  \
        }
#define OPT_LIST_IN(g, l, n, member, v, h)                                                         \
        {                                                                                          \
                (l), (n), OPT_TYPE_LIST, offsetof(OPT_ARGS, member), (v), (h), (g), NULL, NULL     \
        }
#define OPT_LIST(l, n, member, v, h) OPT_LIST_IN(NULL, l, n, member, v, h)
#define OPT_INT_IN(g, l, n, member, v, h)                                                          \
        {                                                                                          \
                (l), (n), OPT_TYPE_INT, offsetof(OPT_ARGS, member), (v), (h), (g), NULL, NULL      \
        }
/* It begins with a value. */
#define OPT_INT_FROM_IN(g, l, n, member, v, h, from)                                               \
        {                                                                                          \
                (l), (n), OPT_TYPE_INT, offsetof(OPT_ARGS, member), (v), (h), (g), NULL, (from)    \
        }
#define OPT_INT(l, n, member, v, h) OPT_INT_IN(NULL, l, n, member, v, h)
#define OPT_REFUSED(l, n, why)                                                                     \
        {                                                                                          \
                (l), (n), OPT_TYPE_REFUSED, 0, NULL, (why), NULL, NULL, NULL                       \
        }

#define OPT_REFUSED_AS(l, n, why, sentence)                                                        \
        {                                                                                          \
                (l), (n), OPT_TYPE_REFUSED, 0, NULL, (why), NULL, (sentence), NULL                 \
        }

enum command_needs {
        NEEDS_STORE = 1,  /* ctx->store is open */
        NEEDS_USERNS = 2, /* inside the user's namespace, maps written (rootless/userns.h) */
};

/* See runtime_options.h. */
struct runtime_args {
        const char *name;
        struct strv flags;
};

/* Options before the command name. */
struct global_args {
        const char *root;           /* --root */
        const char *runroot;        /* --runroot */
        const char *volumes;        /* --volumepath */
        struct strv additional;     /* --additional-store */
        struct strv storage_opts;   /* --storage-opt */
        struct strv hooks_dirs;     /* --hooks-dir */
        const char *storage_driver; /* --storage-driver overlay|fuse-overlayfs|copy, NULL: choose */
        const char *config;         /* --config */
        char *auth_file;            /* its config.json, NULL: the usual places */
        const char *cgroup_manager; /* --cgroup-manager systemd|cgroupfs, NULL: choose */
        struct runtime_args runtime; /* --runtime, --runtime-flag */
        const char *default_mounts;  /* --default-mounts-file */
        const char *log_level;       /* --log-level */
        const char *out;             /* --out */
        bool no_out;                 /* --noout */
        bool debug;                  /* --debug */
        bool help;
        bool version;
};

struct context {
        const struct command *command;
        const char *called; /* the words that it was found by; NULL: its name */
        struct global_args global;
        struct store store; /* open when the command NEEDS_STORE */
        int argc;           /* operands, options removed */
        char **argv;
        bool within; /* a group with options of its own: kelp's may not stand behind the name */
        struct strv conf_words; /* what the command's args have from containers.conf */
};

struct conf_option;

struct command {
        const char *name;     /* "ps"; two words ("image inspect") for sub-commands */
        const char *synopsis; /* behind the name: "[OPTIONS] CONTAINER..." */
        const char *summary;  /* one line */
        const char *notes;    /* lines behind the options in --help, or NULL */
        unsigned needs;
        bool stop_at_operand; /* options end at the first operand: run, exec, unshare */
        int min_operands;
        int max_operands; /* -1: any number */
        size_t args_size;
        const struct opt *options;      /* ends with { 0 } */
        const struct conf_option *conf; /* containers.conf (conf_options.h), or NULL */
        /* Of a group with options of its own ("oci"): its commands, ends with NULL; run() gets
         * them as operands. */
        const struct command *const *commands;
        /* args is zeroed, then filled from the options; freed by the dispatcher (its lists too).
         * The exit code of the process, or -1 with *err filled (then 125, 126 or 127). */
        int (*run)(struct context *ctx, void *args, struct error *err);
};

/* What NEEDS_STORE and NEEDS_USERNS do, for a command that wants them later or only sometimes. */
int context_open_store(struct context *ctx, struct error *err);
int context_enter_userns(struct context *ctx, struct error *err);

#endif
