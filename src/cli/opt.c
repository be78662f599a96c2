/* Option parsing, pflag's syntax: -it bundles, -e A=b, -eA=b, --name x, --name=x, --flag=false,
 * "--" ends the options. Nothing is ignored: what the table does not have is an error that names
 * the nearest option, what it refuses is refused with its reason. */
#include "cli/opt.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/suggest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct parser {
        const struct opt *options;
        void *args;
        const struct opt_more *more; /* or NULL */
        int argc;
        char **argv;
        int at; /* the word being read */
        struct error *err;
};

/* What is refused is not offered as a correction. */
static const char *option_name(const void *data, size_t i)
{
        const struct opt *options = data;

        return options[i].type == OPT_TYPE_REFUSED ? "" : options[i].name;
}

static const struct opt *in_table(const struct opt *options, const char *name, size_t len)
{
        for (const struct opt *o = options; o && o->name; o++)
                if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
                        return o;
        return NULL;
}

static const struct opt *find_long(const struct parser *p, const char *name, size_t len)
{
        const struct opt *own = in_table(p->options, name, len);

        return own || !p->more ? own : in_table(p->more->options, name, len);
}

/* Where an option's value goes: beside those of its table. */
static void *target_of(const struct parser *p, const struct opt *o)
{
        for (const struct opt *own = p->options; own->name; own++)
                if (own == o)
                        return (char *)p->args + o->offset;
        return (char *)p->more->args + o->offset;
}

static const struct opt *find_letter(const struct parser *p, char letter)
{
        for (const struct opt *o = p->options; o->name; o++)
                if (o->letter == letter)
                        return o;
        return NULL;
}

bool opt_parse_bool(const char *text, bool *out)
{
        static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
        static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };

        for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
                bool is_yes = strcmp(text, yes[i]) == 0;

                if (is_yes || strcmp(text, no[i]) == 0) {
                        *out = is_yes;
                        return true;
                }
        }
        return false;
}

static int parse_bool(const struct parser *p, const struct opt *o, const char *value, bool *target)
{
        if (opt_parse_bool(value ? value : "true", target))
                return 0;
        return error_set(p->err, ERROR_USAGE, "invalid argument \"%s\" for --%s: not true or false",
                         value, o->name);
}

static int set_switch(const struct parser *p, const struct opt *o, const char *value)
{
        struct opt_int *target = target_of(p, o);
        bool on;

        if (parse_bool(p, o, value, &on) < 0)
                return -1;
        *target = (struct opt_int){ .set = true, .value = on };
        return 0;
}

static bool takes_value(const struct opt *o)
{
        return o->type != OPT_TYPE_BOOL && o->type != OPT_TYPE_SWITCH && o->type != OPT_TYPE_WORD;
}

static int set_int(const struct parser *p, const struct opt *o, const char *value)
{
        struct opt_int *target = target_of(p, o);
        char *end;

        errno = 0;
        target->value = strtoll(value, &end, 10);
        target->set = true;
        if (errno || *end || end == value)
                return error_set(p->err, ERROR_USAGE,
                                 "invalid argument \"%s\" for --%s: not a number", value, o->name);
        return 0;
}

static int apply(const struct parser *p, const struct opt *o, const char *value)
{
        void *target = target_of(p, o);

        switch (o->type) {
        case OPT_TYPE_BOOL:
                return parse_bool(p, o, value, target);
        case OPT_TYPE_SWITCH:
                return set_switch(p, o, value);
        case OPT_TYPE_STRING:
                *(const char **)target = value;
                return 0;
        case OPT_TYPE_WORD:
                *(const char **)target = value ? value : "";
                return 0;
        case OPT_TYPE_LIST:
                strv_add(target, value);
                return 0;
        case OPT_TYPE_INT:
                return set_int(p, o, value);
        case OPT_TYPE_REFUSED:
                break;
        }
        if (o->as_podman)
                return error_set(p->err, ERROR_UNSUPPORTED, "%s", o->as_podman);
        return error_set(p->err, ERROR_UNSUPPORTED, "--%s is not supported: %s", o->name, o->help);
}

/* The value behind the option, or the next word. letters: the option was one of these. */
static int apply_with_value(struct parser *p, const struct opt *o, const char *value,
                            const char *letters)
{
        if (!value && takes_value(o) && o->type != OPT_TYPE_REFUSED) {
                if (p->at + 1 >= p->argc && letters)
                        return error_set(p->err, ERROR_USAGE, "flag needs an argument: '%c' in -%s",
                                         o->letter, letters);
                if (p->at + 1 >= p->argc)
                        return error_set(p->err, ERROR_USAGE, "flag needs an argument: --%s",
                                         o->name);
                value = p->argv[++p->at];
        }
        return apply(p, o, value);
}

static int parse_long(struct parser *p, const char *word)
{
        size_t len = strcspn(word, "=");
        const struct opt *o = find_long(p, word, len);
        AUTO_FREE char *name = xstrndup(word, len);
        const char *nearest;

        if (o)
                return apply_with_value(p, o, word[len] ? word + len + 1 : NULL, NULL);
        if (strcmp(name, "help") == 0)
                return OPT_HELP;
        error_set(p->err, ERROR_USAGE, "unknown flag: --%s", name);
        nearest = suggest_nearest(name, option_name, p->options);
        if (nearest)
                error_cure(p->err, "did you mean --%s?", nearest);
        return -1;
}

static int parse_letters(struct parser *p, const char *letters)
{
        for (; *letters; letters++) {
                const struct opt *o = find_letter(p, *letters);
                const char *rest = letters[1] ? letters + 1 : NULL;

                if (!o && *letters == 'h')
                        return OPT_HELP;
                if (!o)
                        return error_set(p->err, ERROR_USAGE, "unknown shorthand flag: '%c' in -%s",
                                         *letters, letters);
                if (!takes_value(o) && rest && rest[0] == '=')
                        return apply(p, o, rest + 1);
                if (takes_value(o))
                        return apply_with_value(p, o, rest && rest[0] == '=' ? rest + 1 : rest,
                                                letters);
                if (apply(p, o, NULL) < 0)
                        return -1;
        }
        return 0;
}

int opt_parse_more(const struct opt *options, const struct opt_more *more, bool stop_at_operand,
                   int argc, char **argv, void *args, struct error *err)
{
        struct parser p = { .options = options,
                            .args = args,
                            .more = more,
                            .argc = argc,
                            .argv = argv,
                            .err = err };
        int operands = 0;
        bool only_operands = false;

        for (p.at = 0; p.at < argc; p.at++) {
                char *word = argv[p.at];
                int rc = 0;

                if (only_operands || word[0] != '-' || word[1] == '\0') {
                        argv[operands++] = word;
                        only_operands = only_operands || stop_at_operand;
                } else if (strcmp(word, "--") == 0) {
                        only_operands = true;
                } else if (word[1] == '-') {
                        rc = parse_long(&p, word + 2);
                } else {
                        rc = parse_letters(&p, word + 1);
                }
                if (rc < 0)
                        return rc;
        }
        return operands;
}

int opt_parse(const struct opt *options, bool stop_at_operand, int argc, char **argv, void *args,
              struct error *err)
{
        return opt_parse_more(options, NULL, stop_at_operand, argc, argv, args, err);
}

const struct opt *opt_named(const struct opt *options, const char *name)
{
        return in_table(options, name, strlen(name));
}

const struct opt *opt_without_value(const struct opt *options, const struct opt_more *more,
                                    const char *word)
{
        const struct parser p = { .options = options, .more = more };
        const struct opt *o = NULL;

        if (word[1] == '-')
                o = find_long(&p, word + 2, strlen(word + 2));
        else
                for (word++; *word && !(o && takes_value(o)); word++)
                        o = find_letter(&p, *word);
        return o && takes_value(o) && (!word[0] || word[1] == '-') ? o : NULL;
}

void opt_release(const struct opt *options, void *args)
{
        for (const struct opt *o = options; o && o->name; o++)
                if (o->type == OPT_TYPE_LIST)
                        strv_release((struct strv *)(void *)((char *)args + o->offset));
}
