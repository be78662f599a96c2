/* kelp build's options as the executor's. See build_options.h. */
#include "cli/build/build_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/duration.h"
#include "base/path.h"
#include "cli/container/starting.h"
#include "cli/options/conf_mounts.h"
#include "cli/options/default_mounts.h"
#include "cli/options/env.h"
#include "cli/options/storage_options.h"
#include "engine/build/run_mount.h"
#include "engine/container/namespaces_of.h"
#include "engine/image/send.h"
#include "engine/image/transport.h"

#include <errno.h>
#include <string.h>

void build_read_release(struct build_read *read)
{
        struct strv *lists[] = {
                &read->names,     &read->labels,       &read->annotations,      &read->env,
                &read->unset_env, &read->unset_labels, &read->unset_annotations
        };

        for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
                strv_release(lists[i]);
        for (size_t i = 0; i < read->secret_count; i++) {
                free(read->secrets[i].id);
                free(read->secrets[i].file);
                free(read->secrets[i].env);
        }
        free(read->secrets);
        free(read->platform);
        json_decref(read->container);
}

static int read_names(const struct build_flags *flags, struct build_read *read, struct error *err)
{
        for (size_t i = 0; i < flags->tags.count; i++) {
                const char *text = flags->tags.items[i];
                char *name;

                if (transport_new_name(text, &name, err) < 0)
                        return error_context(err, "tag %s", text);
                strv_take(&read->names, name);
        }
        return 0;
}

static void add_pairs(const struct strv *from, struct strv *to)
{
        for (size_t i = 0; i < from->count; i++)
                strv_addf(to, strchr(from->items[i], '=') ? "%s" : "%s=", from->items[i]);
}

static void add_split(const struct strv *from, struct strv *to)
{
        for (size_t i = 0; i < from->count; i++)
                strv_split(to, from->items[i], ',');
}

static int read_lists(const struct build_flags *flags, struct build_read *read, struct error *err)
{
        const struct strv none = { 0 };

        add_pairs(&flags->labels, &read->labels);
        add_pairs(&flags->annotations, &read->annotations);
        add_split(&flags->unset_env, &read->unset_env);
        add_split(&flags->unset_labels, &read->unset_labels);
        add_split(&flags->unset_annotations, &read->unset_annotations);
        return env_fill(&none, &flags->env, &read->env, err);
}

/* "id=ID,src=FILE", "id=ID,env=NAME", "type=file|env,..." */
static int read_secret(const char *text, struct build_secret *secret, struct error *err)
{
        AUTO(strv) words = { 0 };
        const char *type = NULL;

        strv_split(&words, text, ',');
        for (size_t i = 0; i < words.count; i++) {
                const char *equals = strchr(words.items[i], '='), *value = equals ? equals + 1 : "";
                size_t len = strcspn(words.items[i], "=");

                if (strncmp(words.items[i], "id=", 3) == 0 && !secret->id)
                        secret->id = xstrdup(value);
                else if ((strncmp(words.items[i], "src=", 4) == 0 ||
                          strncmp(words.items[i], "source=", 7) == 0) &&
                         !secret->file)
                        secret->file = path_absolute(value);
                else if (strncmp(words.items[i], "env=", 4) == 0 && !secret->env)
                        secret->env = xstrdup(value);
                else if (strncmp(words.items[i], "type=", 5) == 0)
                        type = value;
                else
                        return error_set(err, ERROR_USAGE, "--secret %s: \"%.*s\" is unknown", text,
                                         (int)len, words.items[i]);
        }
        if (!secret->id || !secret->id[0])
                return error_set(err, ERROR_USAGE, "--secret %s needs an id", text);
        if (type && strcmp(type, "env") == 0 && secret->file && !secret->env) {
                secret->env = xstrdup(strrchr(secret->file, '/') + 1);
                free(take_ptr(secret->file));
        }
        if (!secret->file && !secret->env)
                secret->env = xstrdup(secret->id);
        if (secret->file && access(secret->file, R_OK) < 0)
                return error_sys(err, errno, "--secret %s", text);
        return 0;
}

static int read_secrets(const struct build_flags *flags, struct build_read *read, struct error *err)
{
        read->secrets = xcalloc(flags->secrets.count + 1, sizeof(*read->secrets));
        for (size_t i = 0; i < flags->secrets.count; i++)
                if (read_secret(flags->secrets.items[i], &read->secrets[read->secret_count++],
                                err) < 0)
                        return -1;
        return 0;
}

static int read_format(const struct build_flags *flags, bool *docker, struct error *err)
{
        const char *text = flags->format ? flags->format : getenv("BUILDAH_FORMAT");
        enum send_format format = SEND_OCI;

        if (text && text[0] && send_format_parse(text, &format, err) < 0)
                return -1;
        *docker = format == SEND_DOCKER;
        return 0;
}

/* --timestamp is for both, --source-date-epoch and the variable for the image alone. */
static int read_times(const struct build_flags *flags, struct build_read *read,
                      struct executor_options *options, struct error *err)
{
        const char *epoch = flags->epoch ? flags->epoch : getenv("SOURCE_DATE_EPOCH");
        char *end;

        if (flags->timestamp.set && flags->epoch)
                return error_set(err, ERROR_USAGE,
                                 "--timestamp and --source-date-epoch exclude each other");
        if (flags->timestamp.set) {
                read->timestamp = read->created = (time_t)flags->timestamp.value;
                options->timestamp = &read->timestamp;
                options->created = &read->created;
        } else if (epoch && epoch[0]) {
                read->created = (time_t)strtoll(epoch, &end, 10);
                if (*end)
                        return error_set(err, ERROR_USAGE,
                                         "--source-date-epoch: \"%s\" is no number of seconds",
                                         epoch);
                options->created = &read->created;
        }
        return 0;
}

/* What can only be as it is. */
static int check_fixed(const struct build_flags *flags, struct error *err)
{
        static const char *const kinds[] = { "oci", "rootless", "default" };
        const char *userns = flags->container.userns.mode;
        bool known = !flags->isolation;

        for (size_t i = 0; flags->isolation && i < ARRAY_SIZE(kinds); i++)
                known = known || strcmp(flags->isolation, kinds[i]) == 0;
        if (!known)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--isolation=%s is not supported: steps run in containers",
                                 flags->isolation);
        if ((flags->rm.set && !flags->rm.value) || (flags->force_rm.set && !flags->force_rm.value))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--rm=false and --force-rm=false are not supported: no container "
                                 "of a step is kept");
        if (flags->squash && flags->squash_all)
                return error_set(err, ERROR_USAGE, "cannot specify --squash-all with --squash");
        if (flags->disable_compression.set && !flags->disable_compression.value)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--disable-compression=false is not supported: layers are "
                                 "compressed when they are pushed");
        if (flags->jobs.set && flags->jobs.value < 0)
                return error_set(err, ERROR_USAGE, "--jobs=%lld is no number of stages",
                                 flags->jobs.value);
        if (userns && userns[0] && strcmp(userns, "host") != 0 && strcmp(userns, "private") != 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--userns=%s is not supported: a RUN has the ids that the image's "
                                 "files have",
                                 userns);
        return 0;
}

static int read_pull(const struct build_flags *flags, const struct context *ctx,
                     struct build_read *read, struct executor_options *options, struct error *err)
{
        const char *policy = flags->pull_always  ? "always"
                             : flags->pull_never ? "never"
                             : flags->pull       ? flags->pull
                                                 : "missing";
        struct pull_option_args args = flags->container.pull;

        if (policy[0] == '\0' || strcmp(policy, "true") == 0)
                policy = "always";
        else if (strcmp(policy, "false") == 0)
                policy = "missing";
        args.policy = policy;
        args.quiet = flags->quiet;
        if (flags->container.pull.platform.platform &&
            strchr(flags->container.pull.platform.platform, ','))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--platform: one is built at a time; add each to a list with "
                                 "--manifest");
        if (pull_options_read(&args, &ctx->global, &options->pull, &read->platform, err) < 0)
                return -1;
        options->pull.signature_policy = flags->signature_policy;
        return 0;
}

/* RUN's container as far as options say. */
static int read_container(const struct build_flags *flags, const struct context *ctx,
                          struct build_read *read, struct userns_plan *plan, struct error *err)
{
        AUTO(container_spec) spec = { 0 };

        if (container_spec_from_args(&flags->container, NULL, 0, &spec, err) < 0 ||
            conf_mounts_fill(&spec, err) < 0 ||
            default_mounts_fill(ctx->global.default_mounts, &spec, err) < 0 ||
            namespaces_resolve(&ctx->store, &spec, err) < 0 || userns_plan(plan, err) < 0 ||
            namespaces_plan_userns(&ctx->store, &spec, plan, err) < 0 ||
            runtime_options_fill(&flags->container.runtime, &ctx->global.runtime, &spec, err) < 0)
                return -1;
        spec.storage_driver = xstrdup(storage_options_driver(&ctx->global, &ctx->store));
        read->container = container_spec_to_json(&spec);
        return 0;
}

static int check_mounts(const struct build_flags *flags, struct error *err)
{
        const struct instruction none = { 0 };
        AUTO(run_mounts) mounts = { 0 };

        return run_mounts_parse(&none, &flags->mounts, &mounts, err);
}

static bool wants_layers(const struct build_flags *flags)
{
        const char *text = getenv("BUILDAH_LAYERS");

        if (flags->layers.set)
                return flags->layers.value;
        return !text || (strcmp(text, "false") != 0 && strcmp(text, "0") != 0);
}

static int read_ttl(const struct build_flags *flags, struct executor_options *options,
                    struct error *err)
{
        int64_t ns = 0;

        options->cache_ttl = -1;
        if (!flags->cache_ttl)
                return 0;
        if (!duration_parse(flags->cache_ttl, &ns) && strcmp(flags->cache_ttl, "0") != 0)
                return error_set(err, ERROR_USAGE, "--cache-ttl: \"%s\" is no duration",
                                 flags->cache_ttl);
        options->cache_ttl = ns / 1000000000;
        return 0;
}

int build_options_read(const struct build_flags *flags, const struct context *ctx,
                       struct build_read *read, struct executor_options *options,
                       struct userns_plan *plan_out, struct error *err)
{
        if (check_fixed(flags, err) < 0 || check_mounts(flags, err) < 0 ||
            read_names(flags, read, err) < 0 || read_lists(flags, read, err) < 0 ||
            read_secrets(flags, read, err) < 0 || read_format(flags, &options->docker, err) < 0 ||
            read_times(flags, read, options, err) < 0 ||
            read_pull(flags, ctx, read, options, err) < 0 || read_ttl(flags, options, err) < 0 ||
            read_container(flags, ctx, read, plan_out, err) < 0)
                return -1;
        options->names = &read->names;
        options->output_name = flags->tags.count ? flags->tags.items[0] : NULL;
        options->container = read->container;
        options->mounts = &flags->mounts;
        options->secrets = read->secrets;
        options->secret_count = read->secret_count;
        options->start = starting_options(ctx);
        options->target = flags->target;
        options->jobs = flags->jobs.set ? (size_t)flags->jobs.value : 1;
        options->no_cache = flags->no_cache;
        options->layers = wants_layers(flags);
        options->squash = flags->squash;
        options->squash_all = flags->squash_all;
        options->all_stages = flags->skip_unused.set && !flags->skip_unused.value;
        options->quiet = flags->quiet;
        options->no_ids = flags->iidfile != NULL;
        options->no_labels = flags->inherit_labels.set && !flags->inherit_labels.value;
        options->no_annotations =
                flags->inherit_annotations.set && !flags->inherit_annotations.value;
        options->omit_history = flags->omit_history;
        options->interactive = flags->with_stdin;
        options->labels = &read->labels;
        options->env = &read->env;
        options->annotations = &read->annotations;
        options->unset_env = &read->unset_env;
        options->unset_labels = &read->unset_labels;
        options->unset_annotations = &read->unset_annotations;
        return 0;
}
