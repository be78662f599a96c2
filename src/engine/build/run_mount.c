/* The words of RUN --mount. See run_mount.h; what becomes of them: run_mount_fill.c. */
#include "engine/build/run_mount.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/container/user.h"

#include <string.h>

void run_mounts_release(struct run_mounts *mounts)
{
        for (size_t i = 0; i < mounts->count; i++) {
                struct run_mount *m = &mounts->items[i];
                char *texts[] = { m->id,  m->source, m->target, m->from,
                                  m->env, m->mode,   m->size,   m->sharing };

                for (size_t t = 0; t < ARRAY_SIZE(texts); t++)
                        free(texts[t]);
        }
        for (size_t i = 0; i < mounts->lock_count; i++)
                close(mounts->locks[i]);
        free(mounts->items);
        free(mounts->locks);
        strv_release(&mounts->files);
        *mounts = (struct run_mounts){ 0 };
}

static int take_type(struct run_mount *m, const char *type, struct error *err)
{
        static const char *const names[] = { "bind", "cache", "tmpfs", "secret" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strcmp(type, names[i]) == 0) {
                        m->type = (enum run_mount_type)i;
                        return 0;
                }
        if (strcmp(type, "ssh") == 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--mount type=ssh is not offered: the agent's socket would be the "
                                 "container's; give it a key with --secret");
        return error_set(err, ERROR_INVALID, "invalid mount type \"%s\"", type);
}

static bool truth(const char *value)
{
        return !value || strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
}

static int take_id(const char *value, unsigned *id, struct run_mount *m, struct error *err)
{
        if (!value || !user_parse_id(value, id))
                return error_set(err, ERROR_INVALID, "--mount: \"%s\" is no number of an owner",
                                 value ? value : "");
        m->owned = true;
        return 0;
}

static void replace(char **slot, const char *value)
{
        free(*slot);
        *slot = xstrdup(value ? value : "");
}

/* Which member a key sets, where it is a text. */
static char **text_of(struct run_mount *m, const char *key)
{
        static const struct {
                const char *key;
                size_t offset;
        } keys[] = {
                { "id", offsetof(struct run_mount, id) },
                { "source", offsetof(struct run_mount, source) },
                { "src", offsetof(struct run_mount, source) },
                { "target", offsetof(struct run_mount, target) },
                { "dst", offsetof(struct run_mount, target) },
                { "destination", offsetof(struct run_mount, target) },
                { "from", offsetof(struct run_mount, from) },
                { "env", offsetof(struct run_mount, env) },
                { "mode", offsetof(struct run_mount, mode) },
                { "tmpfs-mode", offsetof(struct run_mount, mode) },
                { "size", offsetof(struct run_mount, size) },
                { "tmpfs-size", offsetof(struct run_mount, size) },
                { "sharing", offsetof(struct run_mount, sharing) },
        };

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (strcmp(keys[i].key, key) == 0)
                        return (char **)((char *)m + keys[i].offset);
        return NULL;
}

static int take_key(struct run_mount *m, const char *key, const char *value, struct error *err)
{
        char **text = text_of(m, key);

        if (strcmp(key, "type") == 0)
                return value ? take_type(m, value, err)
                             : error_set(err, ERROR_INVALID, "--mount: type needs a value");
        if (text) {
                replace(text, value);
                return 0;
        }
        if (strcmp(key, "ro") == 0 || strcmp(key, "readonly") == 0)
                m->read_only = truth(value);
        else if (strcmp(key, "rw") == 0 || strcmp(key, "readwrite") == 0)
                m->writable = truth(value);
        else if (strcmp(key, "required") == 0)
                m->required = truth(value);
        else if (strcmp(key, "uid") == 0)
                return take_id(value, &m->uid, m, err);
        else if (strcmp(key, "gid") == 0)
                return take_id(value, &m->gid, m, err);
        else if (strcmp(key, "z") != 0 && strcmp(key, "Z") != 0) /* SELinux: there is none */
                return error_set(err, ERROR_INVALID, "--mount: unknown option \"%s\"", key);
        return 0;
}

static int check(struct run_mount *m, struct error *err)
{
        bool bind = m->type == RUN_MOUNT_BIND, cache = m->type == RUN_MOUNT_CACHE;

        if (m->type == RUN_MOUNT_SECRET) {
                if (!m->id && !m->source)
                        return error_set(err, ERROR_INVALID, "--mount type=secret needs an id");
                if (!m->id)
                        m->id = xstrdup(m->source);
                if (!m->target && !m->env)
                        m->target = xasprintf("/run/secrets/%s", m->id);
                if (strchr(m->id, '/') || !m->id[0])
                        return error_set(err, ERROR_INVALID, "\"%s\" is no id of a secret", m->id);
        } else if (!m->target || !m->target[0]) {
                return error_set(err, ERROR_INVALID, "--mount type=%s needs a target",
                                 bind    ? "bind"
                                 : cache ? "cache"
                                         : "tmpfs");
        }
        if (cache && (m->from || m->source))
                return error_set(
                        err, ERROR_UNSUPPORTED,
                        "--mount type=cache begins empty: from and source are not offered");
        if (m->sharing && strcmp(m->sharing, "shared") != 0 && strcmp(m->sharing, "private") != 0 &&
            strcmp(m->sharing, "locked") != 0)
                return error_set(err, ERROR_INVALID, "--mount: unknown sharing \"%s\"", m->sharing);
        if (m->mode && (strspn(m->mode, "01234567") != strlen(m->mode) || strlen(m->mode) > 5))
                return error_set(err, ERROR_INVALID, "--mount: mode \"%s\" is no octal number",
                                 m->mode);
        return 0;
}

static int parse_one(const char *text, struct run_mount *m, struct error *err)
{
        AUTO(strv) words = { 0 };

        strv_split(&words, text, ',');
        for (size_t i = 0; i < words.count; i++) {
                char *equals = strchr(words.items[i], '=');

                if (equals)
                        *equals = '\0';
                if (take_key(m, words.items[i], equals ? equals + 1 : NULL, err) < 0)
                        return -1;
        }
        return check(m, err);
}

static int add(const char *text, struct run_mounts *mounts, struct error *err)
{
        struct run_mount *m;

        mounts->items = xreallocarray(mounts->items, mounts->count + 1, sizeof(*mounts->items));
        m = &mounts->items[mounts->count++];
        *m = (struct run_mount){ 0 };
        return parse_one(text, m, err);
}

int run_mounts_parse(const struct instruction *run, const struct strv *more,
                     struct run_mounts *mounts_out, struct error *err)
{
        const char *text;
        size_t at = 0;

        while ((text = instruction_flag_next(run, "mount", &at)))
                if (add(text, mounts_out, err) < 0)
                        return -1;
        for (size_t i = 0; i < more->count; i++)
                if (add(more->items[i], mounts_out, err) < 0)
                        return error_context(err, "--mount %s", more->items[i]);
        return 0;
}
