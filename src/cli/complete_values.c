/* Candidates for operands and for the values of options.
 *
 * Nothing is listed here for completion alone: the word of a synopsis or of an option's value says
 * what is meant (CONTAINER, IMAGE, FILE), and an option's help that begins in lower case lists its
 * values: "always, missing, never or newer", "private, host, container:NAME or ns:PATH".
 */
#include "cli/complete.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/signal.h"
#include "cli/commands.h"
#include "engine/container/container.h"
#include "engine/container/verbs.h"
#include "engine/image/name.h"
#include "engine/pod/pod.h"
#include "engine/runtime/capability.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>

static void offer_containers(struct completion *c, const char *before, const char *behind)
{
        AUTO(container_list) list = { 0 };
        struct error err = { 0 };

        if (context_open_store(c->ctx, &err) < 0 ||
            container_list_load(&c->ctx->store, &list, &err) < 0)
                return;
        for (size_t i = 0; i < list.count; i++) {
                const struct container *container = &list.items[i];
                const char *name = container->spec.name ? container->spec.name : container->id;
                AUTO_FREE char *word = xasprintf("%s%s%s", before, name, behind);

                complete_offer(c, word, container->spec.image_name);
        }
}

static void offer_pods(struct completion *c)
{
        AUTO(pod_list) list = { 0 };
        struct error err = { 0 };

        if (context_open_store(c->ctx, &err) < 0 || pod_list_load(&c->ctx->store, &list, &err) < 0)
                return;
        for (size_t i = 0; i < list.count; i++)
                complete_offer(c, list.items[i].spec.name, NULL);
}

/* The whole name, and the short one that stands for it. */
static void offer_images(struct completion *c)
{
        static const char *const prefixes[] = { "localhost/", "docker.io/library/", "docker.io/" };
        AUTO(name_list) list = { 0 };
        struct error err = { 0 };

        if (context_open_store(c->ctx, &err) < 0 || name_list_load(&c->ctx->store, &list, &err) < 0)
                return;
        for (size_t i = 0; i < list.count; i++) {
                const char *name = list.items[i].reference;

                if (name_is_nameless(name))
                        continue;
                complete_offer(c, name, NULL);
                for (size_t p = 0; p < ARRAY_SIZE(prefixes); p++)
                        if (strncmp(name, prefixes[p], strlen(prefixes[p])) == 0) {
                                complete_offer(c, name + strlen(prefixes[p]), NULL);
                                break;
                        }
        }
}

/* Volumes and secrets have directories of their name in the store. */
static void offer_entries(struct completion *c, const char *kind)
{
        struct error err = { 0 };
        const struct dirent *entry;
        DIR *dir;
        int fd;

        if (context_open_store(c->ctx, &err) < 0)
                return;
        fd = openat(c->ctx->store.root_fd, kind, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        dir = fd < 0 ? NULL : fdopendir(fd);
        while (dir && (entry = readdir(dir)))
                if (entry->d_name[0] != '.' && entry->d_type == DT_DIR)
                        complete_offer(c, entry->d_name, NULL);
        if (dir)
                closedir(dir);
}

static void offer_signals(struct completion *c)
{
        for (int i = 1; i < 32; i++)
                if (signal_name(i))
                        complete_offer(c, signal_name(i), NULL);
}

static void offer_capabilities(struct completion *c)
{
        json_t *names = capability_names(capability_all());
        bool whole = strncmp(c->typed, "CAP_", 4) == 0;
        const json_t *name;
        size_t i;

        json_array_foreach (names, i, name)
                complete_offer(c, json_string_value(name) + (whole ? 0 : strlen("CAP_")), NULL);
        complete_offer(c, "ALL", NULL);
        json_decref(names);
}

/* Does the alternative stand in "CONTAINER|IMAGE..."? */
static bool names(const char *word, const char *alternative)
{
        const char *at = strstr(word, alternative);

        return at && (at == word || !isupper((unsigned char)at[-1])) &&
               !isupper((unsigned char)at[strlen(alternative)]);
}

static bool names_files(const char *word)
{
        static const char *const kinds[] = { "FILE", "ARCHIVE", "PATH",    "SOCKET",     "SOURCE",
                                             "SRC",  "HOST",    "COMMAND", "DESTINATION" };

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (names(word, kinds[i]))
                        return true;
        return false;
}

void complete_operand(struct completion *c, const char *word)
{
        AUTO(strv) literal = { 0 };

        if (islower((unsigned char)word[0]))
                strv_split(&literal, word, '|');
        for (size_t i = 0; i < literal.count; i++)
                complete_offer(c, literal.items[i], NULL);
        if (names(word, "CONTAINER"))
                offer_containers(c, "", strstr(word, "CONTAINER:]") ? ":" : "");
        if (names(word, "IMAGE"))
                offer_images(c);
        if (names(word, "VOLUME") || names(word, "HOST") || strstr(word, "SRC:]"))
                offer_entries(c, "volumes");
        if (names(word, "POD"))
                offer_pods(c);
        if (names(word, "SECRET"))
                offer_entries(c, "secrets");
        if (names(word, "SIGNAL"))
                offer_signals(c);
        if (names(word, "CAPABILITY"))
                offer_capabilities(c);
        if (names_files(word))
                c->directive &= ~COMPLETE_NO_FILES;
        else if (names(word, "DIRECTORY"))
                c->directive |= COMPLETE_DIRECTORIES;
}

/* One of the words that a help lists; what stands for something is cut off: "ns:PATH", "stars=N",
 * "slirp4netns[:options]". A key gets the "=" of KEY=VALUE. */
static void offer_listed(struct completion *c, const char *word, const char *value)
{
        AUTO_FREE char *copy = xstrdup(word);
        size_t len = strcspn(copy, "[|=:");

        if (strchr(word, ' '))
                return;
        if (strcmp(word, "container:NAME") == 0)
                offer_containers(c, "container:", "");
        if (copy[len] == '=' || copy[len] == ':')
                len++;
        copy[len] = '\0';
        if (value && strcmp(value, "KEY=VALUE") == 0 && !strchr(copy, '=')) {
                AUTO_FREE char *key = xasprintf("%s=", copy);

                complete_offer(c, key, NULL);
        } else if (copy[0]) {
                complete_offer(c, copy, NULL);
        }
}

/* "a, b (default) or c: what c does; and more". */
static void offer_list(struct completion *c, const char *help, const char *value)
{
        AUTO_FREE char *copy = xstrdup(help);
        const char *const ends[] = { ": ", "; ", " (" };
        AUTO(strv) words = { 0 };
        char *at;

        for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
                while ((at = strstr(copy, ends[i])))
                        if (i == 2 && strchr(at, ')'))
                                memmove(at, strchr(at, ')') + 1, strlen(strchr(at, ')')));
                        else
                                *at = '\0';
        while ((at = strstr(copy, ", ")))
                *at = '\n';
        while ((at = strstr(copy, " or ")))
                memcpy(at, "\n   ", 4);
        strv_split(&words, copy, '\n');
        for (size_t i = 0; islower((unsigned char)help[0]) && i < words.count; i++)
                offer_listed(c, words.items[i] + strspn(words.items[i], " "), value);
}

void complete_value(struct completion *c, const struct opt *option)
{
        const struct opt *o = command_named(commands, "ps")->options;

        if (!strstr(option->help, "as in ps")) {
                offer_list(c, option->help, option->value);
        } else {
                while (strcmp(o->name, option->name) != 0)
                        o++;
                offer_list(c, o->help, o->value);
        }
        if (option->value)
                complete_operand(c, option->value);
}
