/* See secrets.h. */
#include "engine/container/secrets.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "engine/storage/secret.h"
#include "rootless/override.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define MODE_DEFAULT 0444

void container_secret_release(struct container_secret *secret)
{
        free(secret->name);
        free(secret->id);
        free(secret->target);
        *secret = (struct container_secret){ 0 };
}

static int read_number(const char *word, const char *text, int base, unsigned long max,
                       unsigned *out, struct error *err)
{
        char *end;
        unsigned long value = strtoul(text, &end, base);

        if (end == text || *end || text[0] == '-' || value > max)
                return error_set(err, ERROR_USAGE, "secret option %s=%s is invalid", word, text);
        *out = (unsigned)value;
        return 0;
}

static int take_option(struct container_secret *s, const char *key, const char *value,
                       struct error *err)
{
        s->for_file = s->for_file || strcmp(key, "uid") == 0 || strcmp(key, "gid") == 0 ||
                      strcmp(key, "mode") == 0;
        if (strcmp(key, "source") == 0) {
                free(s->name);
                s->name = xstrdup(value);
        } else if (strcmp(key, "target") == 0) {
                free(s->target);
                s->target = xstrdup(value);
        } else if (strcmp(key, "type") == 0) {
                s->env = strcmp(value, "env") == 0;
                if (!s->env && strcmp(value, "mount") != 0)
                        return error_set(err, ERROR_USAGE,
                                         "type %s is invalid: error parsing secret", value);
        } else if (strcmp(key, "uid") == 0) {
                return read_number(key, value, 10, 0xfffffffeUL, &s->uid, err);
        } else if (strcmp(key, "gid") == 0) {
                return read_number(key, value, 10, 0xfffffffeUL, &s->gid, err);
        } else if (strcmp(key, "mode") == 0) {
                return read_number(key, value, 8, 07777, &s->mode, err);
        } else {
                return error_set(err, ERROR_USAGE, "option %s=%s is invalid: error parsing secret",
                                 key, value);
        }
        return 0;
}

/* A path in the container, or the name of a variable. */
static int settle_target(struct container_secret *s, struct error *err)
{
        AUTO_FREE char *given = s->target;

        s->target = NULL;
        if (!s->name || !s->name[0])
                return error_set(err, ERROR_USAGE, "no source found: error parsing secret");
        if (s->env && s->for_file)
                return error_set(err, ERROR_USAGE,
                                 "uid, gid and mode are options of a secret that is mounted, not "
                                 "of type env");
        if (s->env) {
                s->target = xstrdup(given ? given : s->name);
                if (strchr(s->target, '=') || !s->target[0])
                        return error_set(err, ERROR_USAGE,
                                         "secret target \"%s\" is no name of a variable",
                                         s->target);
        } else if (given && given[0] == '/') {
                s->target = path_clean(given);
        } else {
                AUTO_FREE char *below = path_join("/", given ? given : s->name);
                AUTO_FREE char *clean = path_clean(below);

                s->target = xasprintf("/run/secrets%s", clean);
        }
        if (!s->env && (strcmp(s->target, "/") == 0 || strcmp(s->target, "/run/secrets/") == 0))
                return error_set(err, ERROR_USAGE, "secret target \"%s\" is a directory",
                                 s->target);
        return 0;
}

int container_secret_parse(const char *text, struct container_spec *spec, struct error *err)
{
        AUTO(container_secret) s = { .mode = MODE_DEFAULT };
        AUTO(strv) words = { 0 };

        strv_split(&words, text, ',');
        for (size_t i = 0; i < words.count; i++) {
                AUTO_FREE char *key = xstrndup(words.items[i], strcspn(words.items[i], "="));
                const char *value = strchr(words.items[i], '=');

                if (!value && i == 0)
                        s.name = xstrdup(key);
                else if (!value)
                        return error_set(err, ERROR_USAGE,
                                         "option %s must be in form option=value: error parsing "
                                         "secret",
                                         key);
                else if (take_option(&s, key, value + 1, err) < 0)
                        return -1;
        }
        if (settle_target(&s, err) < 0)
                return -1;
        spec->secrets = xreallocarray(spec->secrets, spec->secret_count + 1, sizeof(s));
        spec->secrets[spec->secret_count++] = s;
        s = (struct container_secret){ 0 };
        return 0;
}

json_t *container_secrets_to_json(const struct container_spec *spec)
{
        json_t *array = json_array();

        for (size_t i = 0; i < spec->secret_count; i++) {
                const struct container_secret *s = &spec->secrets[i];
                json_t *json = json_pack("{s:b, s:i, s:I, s:I}", "env", s->env, "mode", s->mode,
                                         "uid", (json_int_t)s->uid, "gid", (json_int_t)s->gid);

                json_set_string(json, "name", s->name);
                json_set_string(json, "id", s->id);
                json_set_string(json, "target", s->target);
                json_array_append_new(array, json);
        }
        return array;
}

void container_secrets_from_json(const json_t *array, struct container_spec *spec)
{
        size_t i;
        json_t *entry;

        spec->secrets = xcalloc(json_array_size(array) + 1, sizeof(*spec->secrets));
        json_array_foreach (array, i, entry) {
                spec->secrets[spec->secret_count++] = (struct container_secret){
                        .name = xstrdup(json_get_string(entry, "name", "")),
                        .id = xstrdup(json_get_string(entry, "id", "")),
                        .target = xstrdup(json_get_string(entry, "target", "/")),
                        .env = json_get_bool(entry, "env", false),
                        .mode = (unsigned)json_get_int(entry, "mode", MODE_DEFAULT),
                        .uid = (unsigned)json_get_int(entry, "uid", 0),
                        .gid = (unsigned)json_get_int(entry, "gid", 0),
                };
        }
}

static int copy_one(const struct store *store, int dir_fd, size_t i, struct container_secret *s,
                    struct error *err)
{
        AUTO(secret) secret = { 0 };
        AUTO_FREE char *data = NULL;
        AUTO_FREE char *path = xasprintf("secrets/%zu", i);
        size_t len = 0;
        int rc;

        if (secret_lookup(store, s->name, &secret, err) < 0 ||
            secret_read(store, secret.name, &data, &len, err) < 0)
                return -1;
        free(s->id);
        s->id = xstrdup(secret.id);
        rc = fd_write_file(dir_fd, path, data, len, s->env ? 0600 : s->mode, err);
        /* The mode as it was asked for, whatever the umask. */
        if (rc == 0 && fchmodat(dir_fd, path, s->env ? 0600 : s->mode, 0) < 0)
                rc = error_sys(err, errno, "set the mode of secret %s", s->name);
        explicit_bzero(data, len);
        return rc;
}

int container_secrets_copy(const struct store *store, int dir_fd, struct container_spec *spec,
                           struct error *err)
{
        if (spec->secret_count == 0)
                return 0;
        if (mkdirat(dir_fd, "secrets", 0700) < 0)
                return error_sys(err, errno, "create the container's secrets");
        for (size_t i = 0; i < spec->secret_count; i++)
                if (copy_one(store, dir_fd, i, &spec->secrets[i], err) < 0)
                        return -1;
        return 0;
}

/* With the caller as root inside, root's are the caller's. */
bool container_secrets_want_owner(const struct container_spec *spec)
{
        for (size_t i = 0; i < spec->secret_count; i++)
                if (!spec->secrets[i].env &&
                    (spec->secrets[i].uid || spec->secrets[i].gid || spec->uid_map.count))
                        return true;
        return false;
}

static int own_one(int dir_fd, const char *path, const struct container_secret *s,
                   const struct id_maps *owners, bool records)
{
        uint32_t uid = s->uid, gid = s->gid;
        struct override owner = { .uid = s->uid, .gid = s->gid };
        AUTO_CLOSE int fd = openat(dir_fd, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -1;
        if (records)
                return override_set(&(struct override_place){ .fd = fd, .dir_fd = -1, .st = &st },
                                    &owner);
        return !id_maps_outside(owners, &uid, &gid) ? -1
                                                    : fchownat(fd, "", uid, gid, AT_EMPTY_PATH);
}

int container_secrets_own(int dir_fd, const struct container_spec *spec,
                          const struct id_maps *owners, bool records, struct error *err)
{
        for (size_t i = 0; i < spec->secret_count; i++) {
                AUTO_FREE char *path = xasprintf("secrets/%zu", i);

                if (!spec->secrets[i].env &&
                    own_one(dir_fd, path, &spec->secrets[i], owners, records) < 0)
                        return error_sys(err, errno, "give secret %s to %u:%u",
                                         spec->secrets[i].name, spec->secrets[i].uid,
                                         spec->secrets[i].gid);
        }
        return 0;
}

int container_secrets_env(int dir_fd, const struct container_spec *spec, struct strv *env,
                          struct error *err)
{
        for (size_t i = 0; i < spec->secret_count; i++) {
                AUTO_FREE char *path = xasprintf("secrets/%zu", i);
                AUTO_FREE char *data = NULL;
                AUTO_FREE char *pair = NULL;

                if (!spec->secrets[i].env)
                        continue;
                if (fd_read_file(dir_fd, path, SECRET_DATA_MAX, &data, NULL, err) < 0)
                        return error_context(err, "secret %s", spec->secrets[i].name);
                pair = xasprintf("%s=%s", spec->secrets[i].target, data);
                strv_env_set(env, pair);
        }
        return 0;
}

int container_secrets_add(const struct container *container, json_t *process,
                          const struct strv *later, struct error *err)
{
        AUTO(strv) env = { 0 };

        if (container->spec.secret_count == 0)
                return 0;
        json_to_strv(json_object_get(process, "env"), &env);
        if (container_secrets_env(container->dir_fd, &container->spec, &env, err) < 0)
                return -1;
        for (size_t i = 0; later && i < later->count; i++)
                strv_env_set(&env, later->items[i]);
        json_object_set_new(process, "env", json_from_strv(&env));
        return 0;
}
