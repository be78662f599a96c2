/* .build files: [Build] becomes `kelp build`, done whenever the service is started: steps that have
 * not changed are in the store already.
 *
 * The directory that is copied from, the context, is the command's operand. In
 * SetWorkingDirectory=, "unit" and "file" mean the directory of the .build file, or of the
 * Containerfile; the service runs there too, so that relative paths begin there. Where [Service]
 * has a WorkingDirectory= that one stays, and is the context in their place. A relative path begins
 * at the .build file. Steps run in the service's part of the cgroup tree, so that limits in
 * [Service] hold and nothing is left of a build that is stopped.
 */
#include "cli/quadlet/quadlet_convert.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/build/build_context.h"
#include "cli/quadlet/quadlet_refer.h"
#include "engine/registry/download.h"

#include <string.h>
#include <strings.h>

extern const struct command cmd_build;

/* The "=" has to be there: the policy is no word of its own. */
static int add_pull(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO_FREE char *policy = quadlet_value(c->quadlet, key->name);

        (void)err;
        if (policy)
                strv_addf(&c->words, "--%s=%s", key->flag, policy);
        return 0;
}

static int check_force_rm(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        bool removes = true;

        if (unit_file_bool(&c->quadlet->source, "Build", key->name, &removes, err) < 0)
                return -1;
        if (!removes)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "the key ForceRM=no in %s is not supported: no container of a "
                                 "step is kept",
                                 c->quadlet->path);
        return 0;
}

const struct quadlet_key quadlet_build_keys[] = {
        KEY_READ_ELSEWHERE("File", "file"),
        KEY_READ_ELSEWHERE("SetWorkingDirectory", NULL),
        KEY_READ_ELSEWHERE("ServiceName", NULL),
        KEY_READ_ELSEWHERE("GlobalArgs", NULL),
        KEY_READ_ELSEWHERE("PodmanArgs", NULL),
        KEY_BY("ForceRM", "force-rm", check_force_rm),
        KEY_BY("Pull", "pull", add_pull),
        KEY(KEY_LAST, "Arch", "arch"),
        KEY(KEY_LAST, "AuthFile", "authfile"),
        KEY(KEY_LAST, "IgnoreFile", "ignorefile"),
        KEY(KEY_LAST, "Target", "target"),
        KEY(KEY_LAST, "Variant", "variant"),
        KEY(KEY_LAST, "Retry", "retry"),
        KEY(KEY_LAST, "RetryDelay", "retry-delay"),
        KEY(KEY_BOOL, "TLSVerify", "tls-verify"),
        KEY(KEY_EACH, "DNS", "dns"),
        KEY(KEY_EACH, "DNSOption", "dns-option"),
        KEY(KEY_EACH, "DNSSearch", "dns-search"),
        KEY(KEY_EACH, "GroupAdd", "group-add"),
        KEY(KEY_EACH, "ImageTag", "tag"),
        KEY(KEY_ESCAPED, "BuildArg", "build-arg"),
        KEY(KEY_ESCAPED, "Environment", "env"),
        KEY(KEY_ESCAPED, "Label", "label"),
        KEY(KEY_ESCAPED, "Annotation", "annotation"),
        KEY_BY("Network", "network", quadlet_refer_networks),
        KEY(KEY_ESCAPED, "Secret", "secret"),
        KEY_BY("Volume", "volume", quadlet_refer_volumes),
        KEY_NOT_OFFERED("ContainersConfModule", "kelp has no --module"),
        { 0 },
};

/* What the file says of the place. */
struct place {
        char *file;    /* File= */
        char *word;    /* SetWorkingDirectory= */
        char *context; /* the operand, or NULL: kelp takes the directory of the file */
        bool given;    /* WorkingDirectory= in [Service] */
};

static void place_release(struct place *place)
{
        free(place->file);
        free(place->word);
        free(place->context);
}

/* The service runs in a directory, named relative to the Quadlet file. */
static void run_in(struct conversion *c, const struct place *place, const char *directory)
{
        AUTO_FREE char *path = quadlet_path(c->quadlet, directory, false);

        if (!place->given)
                unit_file_set(&c->quadlet->unit, "Service", "WorkingDirectory", path);
}

static int of_file(struct place *place, struct error *err)
{
        bool absolute = place->file && quadlet_path_is_absolute(place->file);

        if (!place->file && !place->given)
                return error_set(err, ERROR_INVALID,
                                 "neither SetWorkingDirectory, nor File key specified");
        if (!absolute && !place->given)
                return error_set(err, ERROR_INVALID,
                                 "%s in File key requires SetWorkingDirectory key to be set",
                                 download_is_url(place->file) ? "a URL" : "relative path");
        if (!absolute)
                place->context = xstrdup(".");
        return 0;
}

/* unit, file */
static int of_word(struct conversion *c, struct place *place, bool of_unit, struct error *err)
{
        const char *slash = place->file ? strrchr(place->file, '/') : NULL;
        AUTO_FREE char *directory = NULL;

        if (!of_unit && (!place->file || download_is_url(place->file)))
                return error_set(err, ERROR_INVALID,
                                 "SetWorkingDirectory=file needs the path of a file in File=");
        if (place->given) {
                place->context = xstrdup(".");
                return 0;
        }
        directory = of_unit || !slash ? xstrdup(".")
                                      : xstrndup(place->file, (size_t)(slash - place->file) +
                                                                      (slash == place->file));
        run_in(c, place, directory);
        place->context = quadlet_path(c->quadlet, directory, true);
        if (!of_unit) {
                AUTO_FREE char *relative = place->file;

                place->file = quadlet_path(c->quadlet, relative, true);
        }
        return 0;
}

static int of_path(struct conversion *c, struct place *place, struct error *err)
{
        bool local = place->word[0] == '.' || quadlet_path_is_absolute(place->word);

        if (!local && build_context_is_git(place->word))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "the key SetWorkingDirectory=%s in %s is not supported: "
                                 "repositories are not fetched; clone it and name the directory",
                                 place->word, c->quadlet->path);
        if (!quadlet_path_is_absolute(place->word) && !download_is_url(place->word))
                run_in(c, place, ".");
        place->context = xstrdup(place->word);
        return 0;
}

static int find_place(struct conversion *c, struct place *place, struct error *err)
{
        const char *given = unit_file_get(&c->quadlet->unit, "Service", "WorkingDirectory");

        place->given = given && given[0];
        place->file = quadlet_value(c->quadlet, "File");
        place->word = quadlet_value(c->quadlet, "SetWorkingDirectory");
        if (!place->word)
                return of_file(place, err);
        if (strcasecmp(place->word, "yaml") == 0)
                return error_set(err, ERROR_INVALID,
                                 "SetWorkingDirectory=yaml is only supported in .kube files");
        if (strcasecmp(place->word, "unit") == 0 || strcasecmp(place->word, "file") == 0)
                return of_word(c, place, strcasecmp(place->word, "unit") == 0, err);
        return of_path(c, place, err);
}

int quadlet_convert_build(struct conversion *c, struct error *err)
{
        AUTO(place) place = { 0 };

        if (!c->quadlet->resource)
                return error_set(err, ERROR_INVALID, "no ImageTag key specified");
        if (find_place(c, &place, err) < 0 || quadlet_begin_delegated(c, err) < 0)
                return -1;
        strv_add(&c->words, "build");
        if (quadlet_keys_apply(c, quadlet_build_keys, &cmd_build, err) < 0)
                return -1;
        if (place.file)
                strv_add_array(&c->words, (const char *const[]){ "--file", place.file, NULL });
        if (quadlet_keys_arguments(c, &cmd_build, err) < 0)
                return -1;
        if (place.context)
                strv_add(&c->words, place.context);
        quadlet_add_command(c, "ExecStart", "");
        quadlet_is_oneshot(c, false);
        return 0;
}
