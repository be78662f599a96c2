/* kelp-docs: a program of the build that writes the documents made from the option tables. It links
 * the tables that kelp parses with, and is not installed.
 *
 *     kelp-docs DIRECTORY      writes DIRECTORY/flags.md
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "docs/documents.h"

#include <string.h>

static int write_document(const char *directory, const char *name,
                          int (*write)(FILE *out, const struct pages *pages),
                          const struct pages *pages)
{
        AUTO_FREE char *path = xasprintf("%s/%s", directory, name);
        AUTO_FILE FILE *out = fopen(path, "we");
        int rc;

        if (!out) {
                fprintf(stderr, "kelp-docs: %s: %s\n", path, strerror(errno));
                return -1;
        }
        rc = write(out, pages);
        if (fflush(out) != 0) {
                fprintf(stderr, "kelp-docs: %s: %s\n", path, strerror(errno));
                return -1;
        }
        return rc;
}

int main(int argc, char **argv)
{
        AUTO(pages) pages = { 0 };

        if (argc != 2) {
                fprintf(stderr, "usage: kelp-docs DIRECTORY\n");
                return 2;
        }
        pages_collect(&pages);
        return write_document(argv[1], "flags.md", flags_write, &pages) < 0;
}
