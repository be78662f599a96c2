/* .container files: [Container] becomes `kelp run`.
 *
 * The service is the foreground `kelp run`: what the container prints is the journal's, its exit
 * code the service's, for Restart= to go by, and signals are passed on. --cgroups=split keeps
 * everything in the service's own part of the tree, which systemd hands over by Delegate=: limits
 * in [Service] hold, and no bus is asked. ExecStop= ends the container by its own signal and time;
 * ExecStopPost= removes it where kelp itself was killed. With KillMode=mixed the monitor is not in
 * the way of either.
 *
 * The service is up when kelp runs (Type=exec) or, with Notify=, when the container or its health
 * check says so (Type=notify). Notify= is not the rule, since it makes the monitor the main
 * process, at whose end systemd ends the kelp that may still be printing.
 */
#include "cli/quadlet/quadlet_convert.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/quadlet/quadlet_refer.h"
#include "cli/quadlet/unit_words.h"

#include <string.h>

extern const struct command cmd_run;

/* "web.image" is what that file pulls, "web.build" what it builds. */
static int find_image(struct conversion *c, char **image_out, struct error *err)
{
        AUTO_FREE char *image = quadlet_value(c->quadlet, "Image");
        AUTO_FREE char *rootfs = quadlet_value(c->quadlet, "Rootfs");
        enum quadlet_kind kind;

        if (!image == !rootfs)
                return error_set(err, ERROR_INVALID,
                                 image ? "Image= and Rootfs= exclude each other"
                                       : "no Image or Rootfs key specified");
        if (image && !strchr(image, '/') && quadlet_kind_of(image, &kind) &&
            (kind == QUADLET_IMAGE || kind == QUADLET_BUILD))
                return quadlet_refer(c, image, image_out, err);
        *image_out = image ? take_ptr(image) : take_ptr(rootfs);
        return 0;
}

static int check_service(struct conversion *c, struct error *err)
{
        const char *mode = unit_file_get(&c->quadlet->unit, "Service", "KillMode");
        const char *type = unit_file_get(&c->quadlet->unit, "Service", "Type");

        if (mode && strcmp(mode, "mixed") != 0 && strcmp(mode, "control-group") != 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "invalid KillMode '%s': mixed or control-group", mode);
        if (type && strcmp(type, "notify") != 0 && strcmp(type, "oneshot") != 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "invalid service Type '%s': notify or oneshot", type);
        return 0;
}

static int add_stop(struct conversion *c, struct error *err)
{
        if (quadlet_keys_begin(c, err) < 0)
                return -1;
        strv_add_array(&c->words,
                       (const char *const[]){ "rm", "-v", "-f", "-i", c->quadlet->resource, NULL });
        quadlet_add_command(c, "ExecStop", "");
        quadlet_add_command(c, "ExecStopPost", "-");
        return 0;
}

static int add_reload(struct conversion *c, struct error *err)
{
        AUTO_FREE char *signal = quadlet_value(c->quadlet, "ReloadSignal");
        const char *line = unit_file_get(&c->quadlet->source, "Container", "ReloadCmd");
        bool command = line && line[0];

        if (!command && !signal)
                return 0;
        if (command && signal)
                return error_set(err, ERROR_INVALID,
                                 "ReloadCmd and ReloadSignal are mutually exclusive but both are "
                                 "set");
        if (quadlet_keys_begin(c, err) < 0)
                return -1;
        if (signal)
                strv_add_array(&c->words, (const char *const[]){ "kill", "--signal", signal,
                                                                 c->quadlet->resource, NULL });
        else
                strv_add_array(&c->words,
                               (const char *const[]){ "exec", c->quadlet->resource, NULL });
        if (!signal && unit_words_split_escaped(line, &c->words, err) < 0)
                return error_context(err, "ReloadCmd=");
        quadlet_add_command(c, "ExecReload", "");
        return 0;
}

static int add_start(struct conversion *c, const char *image, struct error *err)
{
        const char *exec = unit_file_get(&c->quadlet->source, "Container", "Exec");
        AUTO_FREE char *cgroups = quadlet_value(c->quadlet, "CgroupsMode");
        AUTO_FREE char *rootfs = quadlet_value(c->quadlet, "Rootfs");

        if (quadlet_keys_begin(c, err) < 0)
                return -1;
        strv_add_array(&c->words, (const char *const[]){ "run", "--name", c->quadlet->resource,
                                                         "--replace", "--rm", "--cgroups",
                                                         cgroups ? cgroups : "split", NULL });
        if (quadlet_keys_apply(c, quadlet_container_keys, &cmd_run, err) < 0 ||
            quadlet_keys_arguments(c, &cmd_run, err) < 0)
                return -1;
        if (rootfs)
                strv_add(&c->words, "--rootfs");
        strv_add(&c->words, image);
        if (exec && unit_words_split_escaped(exec, &c->words, err) < 0)
                return error_context(err, "Exec=");
        quadlet_add_command(c, "ExecStart", "");
        return 0;
}

/* Before the keys, of which Notify= changes it. A Type=notify of the file alone would wait for a
 * message that nobody sends. */
static void set_type(struct conversion *c)
{
        const char *type = unit_file_get(&c->quadlet->unit, "Service", "Type");

        if (!type || strcmp(type, "oneshot") != 0)
                unit_file_set(&c->quadlet->unit, "Service", "Type", "exec");
}

int quadlet_convert_container(struct conversion *c, struct error *err)
{
        AUTO_FREE char *image = NULL;

        if (find_image(c, &image, err) < 0 || check_service(c, err) < 0)
                return -1;
        quadlet_default(c, "KillMode", "mixed");
        quadlet_default(c, "SyslogIdentifier", "%N");
        set_type(c);
        unit_file_add(&c->quadlet->unit, "Service", "Delegate", "yes");
        return add_start(c, image, err) < 0 || add_stop(c, err) < 0 ? -1 : add_reload(c, err);
}
