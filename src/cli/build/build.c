/* kelp build: an image out of a Containerfile. */
#include "cli/build/build_context.h"
#include "cli/build/build_options.h"
#include "cli/build/build_output.h"
#include "cli/options/conf_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cli/global.h"
#include "engine/image/interrupt.h"
#include "engine/image/list.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --logfile: what the build prints goes there, but for the ID or the error at its end. */
struct log {
        int out, err; /* what standard output and error were; -1: there is no log */
};

static void close_log(struct log *log)
{
        fflush(stdout);
        if (log->out >= 0 && dup2(log->out, STDOUT_FILENO) >= 0)
                close(log->out);
        if (log->err >= 0 && dup2(log->err, STDERR_FILENO) >= 0)
                close(log->err);
        *log = (struct log){ .out = -1, .err = -1 };
}

static int open_log(const char *path, struct log *log, struct error *err)
{
        AUTO_CLOSE int fd = -1;

        *log = (struct log){ .out = -1, .err = -1 };
        if (!path)
                return 0;
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (fd < 0)
                return error_sys(err, errno, "open the log %s", path);
        log->out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        log->err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
        if (log->out < 0 || log->err < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
            dup2(fd, STDERR_FILENO) < 0) {
                error_sys(err, errno, "write to the log %s", path);
                close_log(log);
                return -1;
        }
        return 0;
}

static int write_text(const char *path, const char *text, struct error *err)
{
        return path ? fd_write_file(AT_FDCWD, path, text, strlen(text), 0644, err) : 0;
}

static int write_metadata(const struct build_flags *flags, const struct digest *id,
                          const struct digest *manifest, struct error *err)
{
        AUTO_JSON json_t *json = json_pack("{s:s, s:s}", "containerimage.config.digest", id->text,
                                           "containerimage.digest", manifest->text);
        AUTO_FREE char *text = json_dumps(json, JSON_INDENT(2));

        return write_text(flags->metadata_file, text, err);
}

static int tell(const struct build_flags *flags, const struct digest *id,
                const struct digest *manifest, struct error *err)
{
        if (write_text(flags->iidfile, id->text, err) < 0 ||
            write_text(flags->iidfile_raw, digest_hex(id), err) < 0 ||
            write_metadata(flags, id, manifest, err) < 0)
                return -1;
        if (!flags->iidfile && !flags->iidfile_raw)
                printf("%s\n", digest_hex(id));
        return 0;
}

static int add_to_list(const struct context *ctx, const struct build_flags *flags,
                       const struct digest *id, struct error *err)
{
        const struct strv none = { 0 };
        struct list_entry_options options = { .os_features = &none,
                                              .features = &none,
                                              .annotations = &none,
                                              .pull = { .registry = REGISTRY_OPTIONS_DEFAULT } };
        AUTO_FREE char *name = flags->manifest ? transport_local_name(flags->manifest) : NULL;
        AUTO_FREE char *found = NULL;
        AUTO_JSON json_t *index = NULL;
        struct digest digest;

        if (!flags->manifest)
                return 0;
        if (!name)
                return error_set(err, ERROR_USAGE, "--manifest %s is no name of an image",
                                 flags->manifest);
        if (list_load(&ctx->store, name, &found, &index, NULL) < 0 &&
            list_create(&ctx->store, name, &digest, err) < 0)
                return -1;
        return list_add(&ctx->store, name, digest_hex(id), &options, &digest, err);
}

/* The exit code of a RUN that failed is the command's. */
static int run_build(struct context *ctx, const struct build_flags *flags,
                     const struct executor_options *read, const struct build_input *input,
                     struct error *err)
{
        struct executor_options options = *read;
        struct log log;
        struct build_output output = { .destinations = &flags->outputs, .stdout_fd = -1 };
        struct digest id, manifest;
        int code, rc;

        options.file = &input->file;
        options.args = &input->args;
        options.context_fd = input->context_fd;
        options.context_name = input->context;
        options.ignore = &input->ignore;
        options.contexts = input->contexts;
        options.context_count = input->context_count;
        if (build_output_prepare(&output, err) < 0 || open_log(flags->logfile, &log, err) < 0)
                return -1;
        if (flags->outputs.count) {
                options.output = build_output_write;
                options.output_data = &output;
        }
        interrupt_catch();
        options.cancel = interrupt_flag();
        rc = executor_run(&ctx->store, &options, &id, &manifest, &code, err);
        interrupt_restore();
        close_log(&log);
        if (rc < 0 && code > 0) {
                dispatch_print_error(err);
                return code;
        }
        return rc < 0 || add_to_list(ctx, flags, &id, err) < 0 ? -1
                                                               : tell(flags, &id, &manifest, err);
}

static int enter(struct userns_plan *plan, struct error *err)
{
        struct userns_entry entry;

        return userns_enter_begin(plan, &entry, err) < 0 ? -1
                                                         : userns_enter_finish(plan, &entry, err);
}

/* podman build ends with 1 where run ends with 126. */
static int refused(const struct error *err)
{
        if (err->kind != ERROR_CANNOT_RUN)
                return -1;
        dispatch_print_error(err);
        return 1;
}

static int build_run(struct context *ctx, void *data, struct error *err)
{
        const struct build_flags *flags = data;
        AUTO(build_read) read = { 0 };
        struct executor_options options = { .context_fd = -1 };
        struct build_input input = BUILD_INPUT_EMPTY;
        struct userns_plan plan;
        int rc;

        if (build_options_read(flags, ctx, &read, &options, &plan, err) < 0 ||
            enter(&plan, err) < 0)
                return refused(err);
        options.userns = &plan;
        input.insecure = options.pull.registry.tls_verify == 0;
        rc = build_input_read(&ctx->store, flags, ctx->argc ? ctx->argv[0] : NULL, read.platform,
                              &input, err);
        if (rc == 0)
                rc = run_build(ctx, flags, &options, &input, err);
        build_input_release(&input);
        return rc;
}

const struct command cmd_build = {
        .name = "build",
        .synopsis = "[OPTIONS] [CONTEXT]",
        .summary = "Make an image by the steps of a Containerfile",
        .needs = NEEDS_STORE,
        .max_operands = 1,
        .args_size = sizeof(struct build_flags),
        .options = build_options,
        .conf = conf_build,
        .run = build_run,
};
