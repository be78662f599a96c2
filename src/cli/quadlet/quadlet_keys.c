/* Keys become flags. */
#include "cli/quadlet/quadlet_keys.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/global.h"
#include "cli/opt.h"
#include "cli/quadlet/unit_words.h"

#include <string.h>

static const char *group_of(const struct conversion *c)
{
        return quadlet_group(c->quadlet->kind);
}

char *quadlet_value(const struct quadlet *quadlet, const char *key)
{
        const char *value = unit_file_get(&quadlet->source, quadlet_group(quadlet->kind), key);
        size_t len = value ? strlen(value) : 0;

        if (len >= 2 && value[0] == '"' && value[len - 1] == '"')
                return len > 2 ? xstrndup(value + 1, len - 2) : NULL;
        return len > 0 ? xstrdup(value) : NULL;
}

static const struct opt *find_option(const struct command *command, const char *name)
{
        for (const struct opt *o = command->options; name && o->name; o++)
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
        const struct opt *option = find_option(command, key->flag);
        bool on = true;

        if (key->type == KEY_REFUSED)
                return key->fixed;
        if ((key->type == KEY_BOOL || key->type == KEY_IF) &&
            unit_file_bool(&c->quadlet->source, group_of(c), key->name, &on, NULL) == 0 && !on)
                return NULL;
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

static void add_flag(struct conversion *c, const struct quadlet_key *key, const char *value)
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
                add_flag(c, key, "");
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
                add_flag(c, key, values.items[i]);
        return 0;
}

static int add_key(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO_FREE char *value = NULL;

        switch (key->type) {
        case KEY_LAST:
                value = quadlet_value(c->quadlet, key->name);
                if (value)
                        add_flag(c, key, value);
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

/* A specifier may stand for anything; what has one is parsed when the unit starts. */
static int try_options(const struct opt *options, size_t size, const struct strv *words,
                       struct error *err)
{
        AUTO_FREE void *args = xcalloc(1, size);
        AUTO_FREE char **argv = xcalloc(words->count + 1, sizeof(char *));
        int operands;

        for (size_t i = 0; i < words->count; i++) {
                if (strchr(words->items[i], '%'))
                        return 0;
                argv[i] = words->items[i];
        }
        operands = opt_parse(options, false, (int)words->count, argv, args, err);
        opt_release(options, args);
        if (operands == OPT_HELP || operands > 0)
                return error_set(err, ERROR_USAGE, "\"%s\" is no flag with a value",
                                 operands > 0 ? argv[0] : "--help");
        return operands;
}

int quadlet_keys_arguments(struct conversion *c, const char *key, const struct command *command,
                           struct error *err)
{
        AUTO(strv) words = { 0 };

        if (quadlet_words(c, key, true, &words, err) < 0)
                return -1;
        if (words.count > 0 && try_options(command->options, command->args_size, &words, err) < 0)
                return error_context(err, "the key %s= in %s", key, c->quadlet->path);
        strv_extend(&c->words, &words);
        return 0;
}

int quadlet_keys_begin(struct conversion *c, struct error *err)
{
        const struct command before = { .options = global_options,
                                        .args_size = sizeof(struct global_args) };

        strv_release(&c->words);
        strv_add(&c->words, c->program);
        return quadlet_keys_arguments(c, "GlobalArgs", &before, err);
}
