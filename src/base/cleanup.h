/* Release on every way out of a scope, and hand-over of what shall survive it.
 *
 * AUTO_FREE char *p      free(3)s a heap pointer
 * AUTO_CLOSE int fd      closes a descriptor (negative: none)
 * AUTO_FILE FILE *f      closes a stream
 * AUTO(name) struct ...  calls name_release(&var); the type is `struct name`
 *
 * Variables are initialised empty where they are declared. take_fd() and take_ptr() move the
 * value out and leave the variable empty, so that the release finds nothing to do.
 */
#ifndef KELP_BASE_CLEANUP_H
#define KELP_BASE_CLEANUP_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void cleanup_free(void *p)
{
        free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
        int saved = errno;

        if (*fd >= 0)
                close(*fd);
        *fd = -1;
        errno = saved;
}

static inline void cleanup_file(FILE **f)
{
        if (*f)
                fclose(*f);
        *f = NULL;
}

#define AUTO_FREE  __attribute__((cleanup(cleanup_free)))
#define AUTO_CLOSE __attribute__((cleanup(cleanup_close)))
#define AUTO_FILE  __attribute__((cleanup(cleanup_file)))
#define AUTO(name) __attribute__((cleanup(name##_release))) struct name

static inline int take_fd(int *fd)
{
        int taken = *fd;

        *fd = -1;
        return taken;
}

#define take_ptr(p)                                                                                \
        (__extension__({                                                                           \
                __typeof__(p) taken_ = (p);                                                        \
                (p) = NULL;                                                                        \
                taken_;                                                                            \
        }))

#endif
