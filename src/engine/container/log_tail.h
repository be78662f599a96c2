/* Where the last lines of a file begin, read from its end. */
#ifndef KELP_ENGINE_CONTAINER_LOG_TAIL_H
#define KELP_ENGINE_CONTAINER_LOG_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Take the lines that count from *wanted, the last one first; a line is without its newline. True
 * with the offset behind the first one that is too many; false when all of the file is wanted, or
 * it cannot be read. */
bool log_tail_find(int fd, bool (*counts)(const char *line, size_t len), long long *wanted,
                   off_t *start_out);

#endif
