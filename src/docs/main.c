/* kelp-docs: a program of the build that writes the documents made from the option tables. It links
 * the tables that kelp parses with, and is not installed.
 *
 *     kelp-docs DIRECTORY PROSE    writes DIRECTORY/flags.md and, with the prose, DIRECTORY/man/
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "docs/documents.h"

#include <string.h>
#include <sys/stat.h>

static int complain(const char *path)
{
        fprintf(stderr, "kelp-docs: %s: %s\n", path, strerror(errno));
        return -1;
}

static int write_flags(const char *directory, const struct pages *pages)
{
        AUTO_FREE char *path = xasprintf("%s/flags.md", directory);
        AUTO_FILE FILE *out = fopen(path, "we");
        int rc;

        if (!out)
                return complain(path);
        rc = flags_write(out, pages);
        return fflush(out) == 0 ? rc : complain(path);
}

static int write_pages(const char *directory, const char *prose, const struct pages *pages)
{
        AUTO_FREE char *path = xasprintf("%s/man", directory);
        const struct directories at = { .prose = prose, .man = path };

        if (mkdir(path, 0755) < 0 && errno != EEXIST)
                return complain(path);
        return man_write(&at, pages);
}

int main(int argc, char **argv)
{
        AUTO(pages) pages = { 0 };
        int rc;

        if (argc != 3) {
                fprintf(stderr, "usage: kelp-docs DIRECTORY PROSE\n");
                return 2;
        }
        pages_collect(&pages);
        rc = write_flags(argv[1], &pages);
        rc |= write_pages(argv[1], argv[2], &pages);
        return rc < 0;
}
