/* RUN of a stage: what is run, and a layer of what it changed. See stage.h; the container itself:
 * run_container.c. */
#include "engine/build/run_container.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine/build/run_mount.h"
#include "engine/container/commit.h"
#include "engine/container/create.h"
#include "engine/container/merge.h"
#include "engine/container/spec_mounts.h"
#include "rootless/userns.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#define SCRIPT "/dev/kelp-script" /* a file system of the container's own */

static const json_t *config_of(const struct stage *stage)
{
        return json_object_get(stage->config, "config");
}

static void add_shell(const struct stage *stage, struct strv *args)
{
        json_to_strv(json_object_get(config_of(stage), "Shell"), args);
        if (args->count == 0)
                strv_add_array(args, (const char *const[]){ "/bin/sh", "-c", NULL });
}

/* Is the line nothing but a here-document, which is the program then? */
static bool is_script(const struct instruction *run)
{
        const char *line = run->words.count ? run->words.items[0] : "";

        if (run->json || run->heredoc_count != 1)
                return false;
        line += strspn(line, " \t");
        if (strncmp(line, "<<", 2) != 0)
                return false;
        line += 2 + strspn(line + 2, "-");
        return strcspn(line, " \t;|&<>") == strlen(line);
}

/* The line as a shell has it, with its here-documents behind. */
static char *shell_text(const struct instruction *run)
{
        AUTO(strbuf) text = { 0 };

        strbuf_adds(&text, run->words.items[0]);
        for (size_t i = 0; i < run->heredoc_count; i++)
                strbuf_addf(&text, "\n%s%s", run->heredocs[i].content, run->heredocs[i].name);
        if (run->heredoc_count)
                strbuf_addc(&text, '\n');
        return strbuf_take(&text);
}

static int add_program_file(struct stage *stage, struct run_mounts *mounts, const char *text,
                            struct container_spec *spec, struct error *err)
{
        struct container_mount *mount;
        char *path;

        if (run_mounts_file(stage, mounts, text, strlen(text), 0555, &path, err) < 0)
                return -1;
        mount = container_mount_add(spec, MOUNT_BIND);
        mount->source = path;
        mount->target = xstrdup(SCRIPT);
        strv_add(&mount->options, "ro");
        strv_add(&spec->entrypoint, SCRIPT);
        return 0;
}

static int fill_command(struct stage *stage, const struct instruction *run,
                        struct run_mounts *mounts, struct container_spec *spec, struct error *err)
{
        AUTO_FREE char *text = NULL;

        if (run->json) {
                strv_extend(&spec->entrypoint, &run->words);
                return 0;
        }
        if (is_script(run) && strncmp(run->heredocs[0].content, "#!", 2) == 0)
                return add_program_file(stage, mounts, run->heredocs[0].content, spec, err);
        add_shell(stage, &spec->entrypoint);
        text = is_script(run) ? xstrdup(run->heredocs[0].content) : shell_text(run);
        strv_add(&spec->command, text);
        return 0;
}

static int fill_network(const struct instruction *run, struct container_spec *spec,
                        struct error *err)
{
        const char *network = instruction_flag(run, "network");
        const char *security = instruction_flag(run, "security");

        if (security && strcmp(security, "sandbox") != 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "RUN --security=%s is not offered: a step gets no more than a "
                                 "container",
                                 security);
        if (!network || strcmp(network, "default") == 0)
                return 0;
        strv_release(&spec->network_options);
        if (strcmp(network, "host") == 0)
                spec->network = NETWORK_HOST;
        else if (strcmp(network, "none") == 0)
                spec->network = NETWORK_NONE;
        else
                return error_set(err, ERROR_INVALID,
                                 "unsupported value \"%s\" for \"RUN --network\", must be either "
                                 "\"host\" or \"none\"",
                                 network);
        return 0;
}

/* The image without what a step has nothing of. */
static struct image masked_image(const struct stage *stage)
{
        static const char *const keys[] = { "Cmd",          "Entrypoint", "Env",
                                            "ExposedPorts", "Labels",     "Volumes",
                                            "Healthcheck",  "StopSignal", "OnBuild" };
        struct image image = stage->image;
        json_t *config;

        image.config = json_deep_copy(stage->config);
        config = json_object_get(image.config, "config");
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                json_object_del(config, keys[i]);
        return image;
}

static int merge(struct stage *stage, const char *id, struct container_spec *spec,
                 struct error *err)
{
        struct image image = masked_image(stage);
        int rc;

        spec->builder = xstrdup(stage->executor->staging.name);
        spec->name = xasprintf("build-%.12s", id);
        free(spec->log_driver);
        spec->log_driver = xstrdup("none");
        spec->mapping = xstrdup(userns_own_mapping());
        spec->no_passwd = true;
        spec->interactive = stage->executor->options->interactive;
        build_scope_environment(&stage->scope, &spec->env);
        rc = container_spec_merge(spec, &image, true, id, err);
        json_decref(image.config);
        return rc;
}

static int make_spec(struct stage *stage, const struct instruction *run, struct run_mounts *mounts,
                     const char *id, struct container_spec *spec, struct error *err)
{
        if (container_spec_from_json(stage->executor->options->container, spec, err) < 0 ||
            fill_command(stage, run, mounts, spec, err) < 0 || fill_network(run, spec, err) < 0 ||
            merge(stage, id, spec, err) < 0)
                return -1;
        return run_mounts_fill(stage, mounts, spec, err);
}

/* Each directory on the way to the path that the image does not have. */
static void note_missing(const struct view *view, const char *path, struct strv *missing)
{
        AUTO_FREE char *name = xstrdup(path + strspn(path, "/"));
        struct stat st;

        for (char *end = name; *end;) {
                char saved;

                end += strcspn(end, "/");
                saved = *end;
                *end = '\0';
                if (fstatat(view->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 &&
                    !strv_contains(missing, name))
                        strv_add(missing, name);
                *end = saved;
                end += saved != '\0';
        }
}

/* Places that are made to mount at are no change of the step's. */
static void mount_points(const struct stage *stage, const struct container_spec *spec,
                         struct strv *missing)
{
        static const char *const own[] = { "/proc", "/sys", "/dev", "/run/secrets", "/etc" };

        for (size_t i = 0; i < ARRAY_SIZE(own); i++)
                note_missing(&stage->view, own[i], missing);
        for (size_t i = 0; i < spec->mount_count; i++)
                note_missing(&stage->view, spec->mounts[i].target, missing);
}

static int failed(struct stage *stage, int code, struct error *err)
{
        stage->executor->exit_code = code;
        return error_set(err, ERROR_GENERAL, "while running runtime: exit status %d", code);
}

static int run_and_pack(struct stage *stage, struct container_spec *spec, const char *id,
                        struct built_layer *layer, struct error *err)
{
        struct container container = CONTAINER_EMPTY;
        AUTO(strv) missing = { 0 };
        struct intake *intake;
        int code, rc;

        mount_points(stage, spec, &missing);
        rc = run_container(stage, spec, id, &code, err);
        if (rc == 0 && code != 0)
                rc = failed(stage, code, err);
        if (rc == 0)
                rc = container_lookup(stage->executor->store, id, &container, err);
        if (rc == 0)
                rc = stage_intake(stage, &intake, err);
        if (rc == 0)
                rc = container_pack_changes(intake, stage->executor->store, &container, &missing,
                                            stage->executor->options->timestamp, layer, err);
        container_release(&container);
        run_container_remove(stage, id);
        return rc;
}

static int run(struct stage *stage, const struct instruction *instruction,
               struct run_mounts *mounts, struct built_layer *layer, struct error *err)
{
        AUTO(container_spec) spec = { 0 };
        char id[CONTAINER_ID_LEN + 1];

        if (stage_view(stage, err) < 0)
                return -1;
        if (stage->image.layer_count == 0)
                return error_set(err, ERROR_INVALID,
                                 "the image has no files yet, and so nothing to run");
        if (container_new_id(id, err) < 0 ||
            make_spec(stage, instruction, mounts, id, &spec, err) < 0)
                return -1;
        return run_and_pack(stage, &spec, id, layer, err);
}

/* "|1 A=b /bin/sh -c ...": what a RUN depends on beside its image. */
static int describe(struct stage *stage, const struct instruction *instruction,
                    const struct run_mounts *mounts, char **text_out, struct error *err)
{
        const char *line = instruction->original + 3;
        AUTO(strbuf) text = { 0 };
        AUTO(strv) pairs = { 0 };

        build_scope_history(&stage->scope, &pairs);
        if (pairs.count) {
                AUTO_FREE char *joined = strv_join(&pairs, " ");

                strbuf_addf(&text, "|%zu %s ", pairs.count, joined);
        }
        line += strspn(line, " \t");
        strbuf_addf(&text, "/bin/sh -c %s", line);
        for (size_t i = 0; i < instruction->heredoc_count; i++)
                strbuf_addf(&text, "\n%s", instruction->heredocs[i].content);
        while (text.len > 0 && isspace((unsigned char)text.data[text.len - 1]))
                text.data[--text.len] = '\0';
        if (run_mounts_sums(stage, mounts, &text, err) < 0)
                return -1;
        *text_out = stage_created_by(stage, text.data);
        return 0;
}

int step_run(struct stage *stage, const struct instruction *instruction, struct error *err)
{
        AUTO(run_mounts) mounts = { 0 };
        AUTO_FREE char *created_by = NULL;
        struct built_layer layer;
        int rc;

        if (run_mounts_parse(instruction, stage->executor->options->mounts, &mounts, err) < 0 ||
            describe(stage, instruction, &mounts, &created_by, err) < 0)
                return -1;
        rc = stage_reuse(stage, created_by, true, err);
        if (rc != 0)
                return rc < 0 ? -1 : 0;
        rc = run(stage, instruction, &mounts, &layer, err);
        run_mounts_end(stage, &mounts);
        return rc == 0 ? stage_settle(stage, &layer, created_by, err) : -1;
}
