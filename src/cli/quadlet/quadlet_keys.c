/* Keys become flags. */
#include "cli/quadlet/quadlet_keys.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/global.h"
#include "cli/opt.h"
#include "cli/quadlet/unit_words.h"

#include <string.h>

static const char *group_of(const struct conversion *c)
{
        return quadlet_group(c->quadlet->kind);
}

static const struct opt *find_option(const struct opt *options, const char *name)
{
        for (const struct opt *o = options; name && o->name; o++)
                if (strcmp(o->name, name) == 0)
                        return o;
        return NULL;
}

static const struct quadlet_key *find_key(const struct quadlet_key *keys, const char *name)
{
        for (; keys->name; keys++)
                if (strcmp(keys->name, name) == 0)
                        return keys;
        return NULL;
}

/* The reason, or NULL. What is switched off needs no flag. */
static const char *why_refused(const struct conversion *c, const struct quadlet_key *key,
                               const struct command *command)
{
        const struct opt *option = find_option(command->options, key->flag);
        bool on = true;

        if (key->type == KEY_REFUSED)
                return key->fixed;
        if ((key->type == KEY_BOOL || key->type == KEY_IF || key->type == KEY_REFUSED_IF) &&
            unit_file_bool(&c->quadlet->source, group_of(c), key->name, &on, NULL) == 0 && !on)
                return NULL;
        if (key->type == KEY_REFUSED_IF)
                return key->fixed;
        if (key->flag && !option)
                return "there is no such flag";
        return option && option->type == OPT_TYPE_REFUSED ? option->help : NULL;
}

static int check(const struct conversion *c, const struct quadlet_key *keys,
                 const struct command *command, struct error *err)
{
        const struct unit_group *group = unit_file_group(&c->quadlet->source, group_of(c));

        for (size_t i = 0; group && i < group->count; i++) {
                const char *name = group->lines[i].key;
                const struct quadlet_key *key = find_key(keys, name);
                const char *why = key ? why_refused(c, key, command) : NULL;

                if (!key)
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "unsupported key '%s' in group '%s' in %s", name,
                                         group_of(c), c->quadlet->path);
                if (why && unit_file_get(&c->quadlet->source, group_of(c), name)[0])
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "the key %s= in %s is not supported: %s", name,
                                         c->quadlet->path, why);
        }
        return 0;
}

void quadlet_add_flag(struct conversion *c, const struct quadlet_key *key, const char *value)
{
        strv_addf(&c->words, "--%s", key->flag);
        strv_addf(&c->words, "%s%s", key->fixed ? key->fixed : "", value);
}

static int add_switch(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        bool on = false;
        const char *value = unit_file_get(&c->quadlet->source, group_of(c), key->name);

        if (unit_file_bool(&c->quadlet->source, group_of(c), key->name, &on, err) < 0)
                return -1;
        if (key->type == KEY_IF && on)
                quadlet_add_flag(c, key, "");
        else if (key->type == KEY_BOOL && value && value[0])
                strv_addf(&c->words, "--%s%s", key->flag, on ? "=true" : "=false");
        return 0;
}

int quadlet_words(const struct conversion *c, const char *key, bool escapes, struct strv *words_out,
                  struct error *err)
{
        AUTO(strv) values = { 0 };

        unit_file_all(&c->quadlet->source, group_of(c), key, &values);
        for (size_t i = 0; i < values.count; i++)
                if ((escapes ? unit_words_split_escaped(values.items[i], words_out, err)
                             : unit_words_split(values.items[i], words_out, err)) < 0)
                        return error_context(err, "%s=", key);
        return 0;
}

static int add_list(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO(strv) values = { 0 };

        if (key->type == KEY_EACH)
                unit_file_all(&c->quadlet->source, group_of(c), key->name, &values);
        else if (quadlet_words(c, key->name, key->type == KEY_ESCAPED, &values, err) < 0)
                return -1;
        for (size_t i = 0; i < values.count; i++)
                quadlet_add_flag(c, key, values.items[i]);
        return 0;
}

static int add_key(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO_FREE char *value = NULL;

        switch (key->type) {
        case KEY_LAST:
                value = quadlet_value(c->quadlet, key->name);
                if (value)
                        quadlet_add_flag(c, key, value);
                return 0;
        case KEY_EACH:
        case KEY_WORDS:
        case KEY_ESCAPED:
                return add_list(c, key, err);
        case KEY_BOOL:
        case KEY_IF:
                return add_switch(c, key, err);
        case KEY_OWN:
                return key->add(c, key, err);
        case KEY_ELSE:
        case KEY_REFUSED:
        case KEY_REFUSED_IF:
                break;
        }
        return 0;
}

int quadlet_keys_apply(struct conversion *c, const struct quadlet_key *keys,
                       const struct command *command, struct error *err)
{
        if (check(c, keys, command, err) < 0)
                return -1;
        for (; keys->name; keys++)
                if (unit_file_get(&c->quadlet->source, group_of(c), keys->name) &&
                    add_key(c, keys, err) < 0)
                        return -1;
        return 0;
}

/* The word as it may be when the unit starts: a digit in place of each specifier. */
static char *sample(const char *word)
{
        AUTO(strbuf) text = { 0 };

        for (const char *c = word; *c; c++)
                if (c[0] == '%' && c[1])
                        strbuf_addc(&text, *++c == '%' ? '%' : '1');
                else
                        strbuf_addc(&text, *c);
        return strbuf_take(&text);
}

/* In the background there would be nothing for systemd to watch. */
static int check_detach(const struct opt *options, const char *args, struct error *err)
{
        const struct opt *detach = find_option(options, "detach");

        if (detach && *(const bool *)(args + detach->offset))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--detach is not supported: the service is kelp in the "
                                 "foreground");
        return 0;
}

static int try_options(const struct opt *options, size_t size, const struct strv *words,
                       struct error *err)
{
        AUTO_FREE void *args = xcalloc(1, size);
        AUTO_FREE char **argv = xcalloc(words->count + 1, sizeof(char *));
        AUTO(strv) samples = { 0 };
        int operands;

        for (size_t i = 0; i < words->count; i++) {
                strv_take(&samples, sample(words->items[i]));
                argv[i] = samples.items[i];
        }
        operands = opt_parse(options, false, (int)words->count, argv, args, err);
        if (operands == 0)
                operands = check_detach(options, args, err);
        opt_release(options, args);
        if (operands == OPT_HELP || operands > 0)
                return error_set(err, ERROR_USAGE, "\"%s\" is no flag with a value",
                                 operands > 0 ? argv[0] : "--help");
        return operands;
}

static int add_arguments(struct conversion *c, const char *key, const struct opt *options,
                         size_t size, struct error *err)
{
        AUTO(strv) words = { 0 };

        if (quadlet_words(c, key, true, &words, err) < 0)
                return -1;
        if (words.count > 0 && try_options(options, size, &words, err) < 0)
                return error_context(err, "the key %s= in %s", key, c->quadlet->path);
        strv_extend(&c->words, &words);
        return 0;
}

int quadlet_keys_arguments(struct conversion *c, const struct command *command, struct error *err)
{
        return add_arguments(c, "PodmanArgs", command->options, command->args_size, err);
}

int quadlet_keys_begin(struct conversion *c, struct error *err)
{
        strv_release(&c->words);
        strv_take(&c->words, unit_words_literal(c->program, false));
        return add_arguments(c, "GlobalArgs", global_options, sizeof(struct global_args), err);
}
