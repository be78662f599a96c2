/* --passwd, --passwd-entry and --group-entry. */
#include "cli/options/passwd_options.h"

#include "base/alloc.h"

/* An empty template is none, as podman has it. */
static char *template_of(const char *text)
{
        return text && text[0] ? xstrdup(text) : NULL;
}

void passwd_options_fill(const struct passwd_args *args, struct container_spec *spec)
{
        spec->no_passwd = args->passwd.set && !args->passwd.value;
        spec->passwd_entry = template_of(args->passwd_entry);
        spec->group_entry = template_of(args->group_entry);
}
