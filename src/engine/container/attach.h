/* The attached side of a container: terminal, standard streams, signals, detach keys. */
#ifndef KELP_ENGINE_CONTAINER_ATTACH_H
#define KELP_ENGINE_CONTAINER_ATTACH_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define DETACH_KEYS_DEFAULT "ctrl-p,ctrl-q"
#define DETACH_KEYS_MAX     8

struct detach_keys {
        unsigned char bytes[DETACH_KEYS_MAX];
        size_t count;   /* 0: detaching is off */
        size_t matched; /* how far the input has matched */
};

/* "ctrl-p,ctrl-q", "a", "ctrl-@": podman-run(1) --detach-keys; "" switches it off. */
int detach_keys_parse(const char *text, struct detach_keys *keys_out, struct error *err);

/* Feed input. Bytes to pass on are put into out (room for len + DETACH_KEYS_MAX); returns their
 * count and sets *detached when the sequence is complete. */
size_t detach_keys_feed(struct detach_keys *keys, const char *data, size_t len, char *out,
                        bool *detached);

struct attach_options {
        bool input;                /* pass standard input on */
        bool no_stdout, no_stderr; /* what comes from there is dropped */
        bool terminal;             /* the container has one: raw mode, resize, detach keys */
        bool signals;              /* pass signals on to the container's init */
        bool fatal;                /* of these, any ends it: as SIGKILL, at once or once it runs */
        struct detach_keys keys;
};

enum attach_end { ATTACH_EXITED, ATTACH_DETACHED, ATTACH_LOST };

/* Serve the connection (monitor/protocol.h) until the container ended or the user detached. The
 * terminal is restored on every way out. ATTACH_LOST: the monitor is gone without an exit code. */
int attach_run(int socket_fd, const struct attach_options *options, enum attach_end *end_out,
               int *exit_code_out, struct error *err);

/* Connect to a running container's monitor. */
struct container;
struct store;
int attach_connect(const struct store *store, const struct container *container, int *socket_out,
                   struct error *err);

/* A PACKET_LOG from the monitor, to standard error. */
void attach_print_log(const char *packet, size_t len);

/* The size of the terminal on standard input or output; zeroes when there is none. */
void attach_terminal_size(unsigned short *rows_out, unsigned short *columns_out);

/* Put the terminal on standard input into raw mode / restore it (also when not raw: fine). */
void terminal_raw(void);
void terminal_restore(void);

#endif
