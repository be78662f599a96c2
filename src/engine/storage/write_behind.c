/* See write_behind.h. */
#include "engine/storage/write_behind.h"

#include "base/alloc.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_NS 300000000

struct write_behind {
        pthread_t thread;
        pthread_mutex_t mutex;
        pthread_cond_t stopped;
        bool stop;
        int fd;
};

/* True when it is to end. */
static bool wait_a_moment(struct write_behind *behind)
{
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += INTERVAL_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_mutex_lock(&behind->mutex);
        while (!behind->stop &&
               pthread_cond_timedwait(&behind->stopped, &behind->mutex, &until) == 0)
                ;
        pthread_mutex_unlock(&behind->mutex);
        return behind->stop;
}

static void *flush(void *data)
{
        struct write_behind *behind = data;

        while (!wait_a_moment(behind))
                (void)syncfs(behind->fd); /* what fails is told by the one at the end */
        return NULL;
}

struct write_behind *write_behind_start(int fd)
{
        struct write_behind *behind = xcalloc(1, sizeof(*behind));

        behind->fd = fd;
        pthread_mutex_init(&behind->mutex, NULL);
        pthread_cond_init(&behind->stopped, NULL);
        if (pthread_create(&behind->thread, NULL, flush, behind) == 0)
                return behind;
        free(behind);
        return NULL;
}

void write_behind_stop(struct write_behind *behind)
{
        if (!behind)
                return;
        pthread_mutex_lock(&behind->mutex);
        behind->stop = true;
        pthread_cond_signal(&behind->stopped);
        pthread_mutex_unlock(&behind->mutex);
        pthread_join(behind->thread, NULL);
        pthread_mutex_destroy(&behind->mutex);
        pthread_cond_destroy(&behind->stopped);
        free(behind);
}
