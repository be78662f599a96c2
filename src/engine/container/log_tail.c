/* See log_tail.h. Blocks are read from the end on. What stands before the first newline of a block
 * is the end of a line: it is read again with the block before, which is larger where no line ends
 * in one.
 */
#include "engine/container/log_tail.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK     ((size_t)256 << 10)
#define BLOCK_MAX ((size_t)64 << 20)

struct tail {
        int fd;
        bool (*counts)(const char *line, size_t len);
        long long *wanted;
        char *block;
        size_t size; /* of the block */
};

/* The lines of block[first, last), from the back. True: the one that ends at *end_out is too many.
 */
static bool scan(const struct tail *tail, size_t first, size_t last, size_t *end_out)
{
        while (last > first) {
                bool ended = tail->block[last - 1] == '\n';
                size_t stop = ended ? last - 1 : last;
                const char *before = memrchr(tail->block + first, '\n', stop - first);
                size_t begin = before ? (size_t)(before - tail->block) + 1 : first;

                if (ended && tail->counts(tail->block + begin, stop - begin) &&
                    (*tail->wanted)-- == 0) {
                        *end_out = last;
                        return true;
                }
                last = begin;
        }
        return false;
}

/* The block that ends there. How much of its head is to be read again, or -1. */
static ssize_t read_block(const struct tail *tail, off_t end, size_t len)
{
        ssize_t n = pread(tail->fd, tail->block, len, end - (off_t)len);
        const char *newline;

        if (n < 0 || (size_t)n < len)
                return -1;
        if ((off_t)len == end)
                return 0;
        newline = memchr(tail->block, '\n', len);
        return newline ? newline + 1 - tail->block : (ssize_t)len;
}

static bool find(struct tail *tail, off_t end, off_t *start_out)
{
        while (end > 0) {
                size_t len = (off_t)tail->size < end ? tail->size : (size_t)end, stop;
                ssize_t head = read_block(tail, end, len);

                if (head < 0)
                        return false;
                if (scan(tail, (size_t)head, len, &stop)) {
                        *start_out = end - (off_t)len + (off_t)stop;
                        return true;
                }
                if ((size_t)head == len) { /* a line as long as the block */
                        if (tail->size >= BLOCK_MAX)
                                return false;
                        tail->size *= 2;
                        tail->block = xreallocarray(tail->block, tail->size, 1);
                        continue;
                }
                end = end - (off_t)len + (off_t)head;
        }
        return false;
}

bool log_tail_find(int fd, bool (*counts)(const char *line, size_t len), long long *wanted,
                   off_t *start_out)
{
        struct tail tail = { fd, counts, wanted, xmalloc(BLOCK), BLOCK };
        struct stat st;
        bool found = fstat(fd, &st) == 0 && find(&tail, st.st_size, start_out);

        free(tail.block);
        return found;
}
