/* A stage of a build on its way: the image so far, and what its instructions see. For the files of
 * the executor alone:
 *
 *     executor.c       the stages that are needed, in their order; names for the result
 *     jobs.c           or side by side, and stage_report.c what they hand over
 *     stage.c          one stage: its base, its instructions in turn
 *     stage_text.c     what is told of it
 *     stage_base.c     the image that it begins with
 *     stage_commit.c   an image for each instruction
 *     stage_cache.c    one that an earlier build made
 *     step_copy.c      COPY and ADD
 *     step_run.c       RUN, and run_mount.c its --mount
 *     from.c           what --from means
 *     squash.c         layers into one
 */
#ifndef KELP_ENGINE_BUILD_STAGE_H
#define KELP_ENGINE_BUILD_STAGE_H

#include "engine/containerfile/build_scope.h"
#include "engine/build/executor.h"
#include "engine/build/view.h"
#include "engine/image/build.h"

/* Images that are in the intake and not published yet. */
struct stage_pending {
        struct digest manifest, parent;
        char id[DIGEST_HEX_LEN + 1];
};

/* A list of instructions that a stage has beside those of the file. */
struct stage_extra {
        struct instruction *items;
        size_t count;
};

struct executor;

struct stage {
        struct executor *executor;
        const struct build_stage *file;
        size_t index;
        bool needed, ended;
        bool *needs;          /* which of those before it have to have ended first */
        char *platform;       /* "os/arch[/variant]", NULL: this machine's */
        struct image base;    /* what it began with; no manifest: nothing */
        struct image image;   /* what it is so far */
        struct digest parent; /* its manifest; of nothing: digest_of("") */
        json_t *config;       /* the image configuration so far, whole */
        json_t *annotations;  /* of the manifest */
        bool cmd_set;         /* CMD was here */
        bool hits;            /* all so far was found in the cache */
        bool last;            /* this instruction is the last of the build */
        struct build_scope scope;
        struct stage_extra before, triggers, after; /* --env; ONBUILD of the base; --label */
        struct intake *intake;
        struct stage_pending *pending;
        size_t pending_count;
        struct view view; /* of view_of */
        struct digest view_of;
        char held[DIGEST_HEX_LEN + 1]; /* the image that is held */
        size_t step, steps;            /* FROM is the first */
};

/* An image that is copied from. */
struct source_image {
        char *name;
        struct image image;
        struct view view;
};

struct executor {
        const struct store *store;
        const struct executor_options *options;
        struct staging staging;
        struct stage *stages;
        size_t count, target;
        struct strv made; /* manifests of the images that this build published */
        struct source_image **sources;
        size_t source_count;
        int exit_code; /* of a RUN that failed */
        bool failed;
};

/* What it has made but its images goes. */
void executor_release(struct executor *executor);

/* Has the user interrupted the build? */
bool executor_cancelled(const struct executor *executor);

/* Says so: ERROR_CANCELLED; -1. */
int executor_interrupted(struct error *err);

/* "STEP 2/5: ..." */
void stage_tell(struct stage *stage, const char *text);

/* From FROM to the last instruction. */
int stage_build(struct stage *stage, struct error *err);
void stage_release(struct stage *stage);

/* stage_report.c. What others need of a stage that a child process built: to a file of the staging
 * directory, and from there. Of one that failed that is the images that it has made. */
int stage_report_write(const struct stage *stage, struct error *err);
int stage_report_read(struct stage *stage, struct error *err);

/* stage_base.c. FROM, expanded. */
int stage_begin(struct stage *stage, const struct instruction *from, struct error *err);

/* An image by its name, pulled by the policy, its layers unpacked; held until the build ends. */
int stage_find_image(struct executor *executor, const char *name, const char *platform,
                     struct image *image_out, struct error *err);

/* --build-context of that name, or NULL. */
const struct build_context *stage_context(const struct executor *executor, const char *name);

/* The image's files. */
int stage_view(struct stage *stage, struct error *err);

/* stage_commit.c. The configuration as it is now, with a layer or (NULL) without, is the next
 * image. */
int stage_commit(struct stage *stage, const struct built_layer *layer, const char *created_by,
                 struct error *err);

/* Where the layer goes that stage_commit() takes. */
int stage_intake(struct stage *stage, struct intake **intake_out, struct error *err);

/* The image is another one, made of stage->parent and in the intake; it is published. */
int stage_replace(struct stage *stage, struct image *next, struct error *err);

/* What was committed is published. */
int stage_flush(struct stage *stage, struct error *err);

/* The image under way is this one of the store; it is held. */
int stage_take(struct stage *stage, struct image *image, struct error *err);

/* Copies what an image is. */
int stage_copy_image(struct executor *executor, const struct image *from, struct image *image_out,
                     struct error *err);

/* The configuration as it is written. New reference. */
json_t *stage_written_config(const struct stage *stage);

/* stage_cache.c. The image that the same step made of the same image before. 1: it is taken, 0:
 * there is none, -1. */
int stage_cached(struct stage *stage, const char *created_by, bool layer, struct error *err);

/* The steps, expanded. Of a RUN that failed the exit code is in the executor. */
int step_copy(struct stage *stage, const struct instruction *instruction, struct error *err);
int step_run(struct stage *stage, const struct instruction *instruction, struct error *err);

/* "COMMIT name", of the last step; "--> ID". */
void stage_tell_commit(const struct stage *stage);
void stage_tell_id(const struct stage *stage);

/* An instruction as it is told, and as the history has one without files. The caller frees. */
char *stage_step_text(const struct instruction *instruction);
char *stage_history(const struct stage *stage, const struct instruction *instruction);

/* For the steps: the history's text with what options add; the caller frees. */
char *stage_created_by(const struct stage *stage, const char *text);

/* stage_cached(), told. */
int stage_reuse(struct stage *stage, const char *created_by, bool layer, struct error *err);

/* stage_commit(), told. */
int stage_settle(struct stage *stage, const struct built_layer *layer, const char *created_by,
                 struct error *err);

/* squash.c. The stage's image with one layer in place of those above its base, or of all. */
int squash(struct stage *stage, bool all, struct error *err);

/* Below which directory an instruction's --from looks: a stage before this one, a build context, an
 * image. *view_out NULL: a directory (*context_out). */
struct from {
        int fd;
        const struct view *view;
        const struct build_ignore *ignore;
        const char *name;
        char version[sizeof(struct digest)]; /* of an image: its manifest; "": a directory */
};
int from_find(struct stage *stage, const char *name, struct from *from_out, struct error *err);

#endif
