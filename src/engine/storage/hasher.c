/* SHA-256 in a thread of its own. Three buffers go round between the producer and the thread; both
 * only read a submitted one, so the producer may go on using it until its turn comes again. On a
 * machine with a single processor everything is done by the caller. */
#include "engine/storage/hasher.h"

#include "base/alloc.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define BUFFERS 3

struct hasher {
        pthread_t thread;
        bool threaded;
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        unsigned char *buffers[BUFFERS];
        size_t lengths[BUFFERS];
        unsigned long submitted, hashed; /* counts; slot = count % BUFFERS */
        bool ended;
        struct digest_context context;
};

static void *hash_all(void *data)
{
        struct hasher *h = data;

        pthread_mutex_lock(&h->mutex);
        for (;;) {
                unsigned long slot = h->hashed % BUFFERS;

                while (h->hashed == h->submitted && !h->ended)
                        pthread_cond_wait(&h->changed, &h->mutex);
                if (h->hashed == h->submitted)
                        break;
                pthread_mutex_unlock(&h->mutex);
                digest_update(&h->context, h->buffers[slot], h->lengths[slot]);
                pthread_mutex_lock(&h->mutex);
                h->hashed++;
                /* Whoever is woken needs the mutex. */
                pthread_mutex_unlock(&h->mutex);
                pthread_cond_signal(&h->changed);
                pthread_mutex_lock(&h->mutex);
        }
        pthread_mutex_unlock(&h->mutex);
        return NULL;
}

struct hasher *hasher_new(void)
{
        struct hasher *h = xcalloc(1, sizeof(*h));

        for (int i = 0; i < BUFFERS; i++)
                h->buffers[i] = xmalloc(HASHER_CHUNK);
        pthread_mutex_init(&h->mutex, NULL);
        pthread_cond_init(&h->changed, NULL);
        digest_init(&h->context);
        h->threaded = sysconf(_SC_NPROCESSORS_ONLN) > 1 &&
                      pthread_create(&h->thread, NULL, hash_all, h) == 0;
        return h;
}

void *hasher_buffer(struct hasher *h)
{
        unsigned long slot = h->submitted % BUFFERS;

        pthread_mutex_lock(&h->mutex);
        while (h->threaded && h->submitted - h->hashed >= BUFFERS - 1)
                pthread_cond_wait(&h->changed, &h->mutex);
        pthread_mutex_unlock(&h->mutex);
        return h->buffers[slot];
}

void hasher_submit(struct hasher *h, size_t len)
{
        unsigned long slot = h->submitted % BUFFERS;

        if (!h->threaded) {
                digest_update(&h->context, h->buffers[slot], len);
                h->submitted++;
                return;
        }
        pthread_mutex_lock(&h->mutex);
        h->lengths[slot] = len;
        h->submitted++;
        pthread_mutex_unlock(&h->mutex);
        pthread_cond_signal(&h->changed);
}

void hasher_finish(struct hasher *h, struct digest *digest_out)
{
        pthread_mutex_lock(&h->mutex);
        h->ended = true;
        pthread_cond_signal(&h->changed);
        pthread_mutex_unlock(&h->mutex);
        if (h->threaded)
                pthread_join(h->thread, NULL);
        digest_final(&h->context, digest_out);
        for (int i = 0; i < BUFFERS; i++)
                free(h->buffers[i]);
        free(h);
}
