/* podman's generator reads the same files and writes units of the same names, and systemd runs all
 * generators at once: which unit stays would be chance. So kelp leaves the files to podman where
 * that has a generator, unless kelp was put in its place: of generators with one name systemd runs
 * the one in the first of these directories (systemd.generator(7)). */
#include "cli/quadlet/quadlet_rival.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const directories[] = {
        "/run/systemd/user-generators",
        "/etc/systemd/user-generators",
        "/usr/local/lib/systemd/user-generators",
        "/usr/lib/systemd/user-generators",
};

/* An empty file or /dev/null switches the name off. */
static bool is_program(const char *path)
{
        struct stat st;

        return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
               access(path, X_OK) == 0;
}

int quadlet_rival(const char *program, struct error *err)
{
        for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
                AUTO_FREE char *path = xasprintf("%s/podman-user-generator", directories[i]);
                AUTO_FREE char *real = realpath(path, NULL);

                if (!real)
                        continue;
                if (!is_program(real))
                        return 0;
                if (program && strcmp(real, program) == 0)
                        return 1;
                error_set(err, ERROR_IN_USE, "the Quadlet files are podman's: %s makes their units",
                          path);
                return error_cure(err,
                                  "give them to kelp: sudo ln -s %s "
                                  "/usr/local/lib/systemd/user-generators/podman-user-generator",
                                  program ? program : "kelp");
        }
        return 0;
}
