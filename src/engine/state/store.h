/* The store's layout and the ways to change it.
 *
 *     ROOT ($XDG_DATA_HOME/kelp)   blobs/sha256/  images/  layers/  containers/  pods/
 *                                  names/  volumes/  networks/  cache/  staging/  partial/  lock
 *                                  events
 *     RUNROOT ($XDG_RUNTIME_DIR/kelp)  containers/ID/: sockets, resolv.conf, hosts
 *
 * No database: rename is the commit, a kernel lock is the proof of life. Readers take no lock.
 * An object is built in staging/ by a living process, which holds a lock there, and appears under
 * its name by one rename. Unlocked staging is garbage that any command may sweep.
 */
#ifndef KELP_ENGINE_STATE_STORE_H
#define KELP_ENGINE_STATE_STORE_H

#include "base/cleanup.h"
#include "base/error.h"

#include <stdbool.h>

struct store {
        char *root;    /* absolute */
        char *runroot; /* absolute */
        int root_fd;   /* O_PATH directories */
        int run_fd;
        struct store *additional; /* read-only stores to look in next; owned */
        bool made;                /* it had no place for volumes before it was opened */
        bool run_made;            /* runroot was empty: this is the first use since the boot */
        char *driver; /* what storage.conf says, "": nothing; NULL: there is no such file; owned */
};

#define STORE_EMPTY ((struct store){ .root_fd = -1, .run_fd = -1 })

/* Open the store, creating both directories and their layout when missing. root, runroot: NULL for
 * the defaults ($XDG_DATA_HOME/kelp or ~/.local/share/kelp; $XDG_RUNTIME_DIR/kelp, else
 * /run/user/UID/kelp, else /tmp/kelp-run-UID which must be ours and 0700). */
int store_open(const char *root, const char *runroot, struct store *store_out, struct error *err);
void store_release(struct store *store);

/* After `made`: whoever opens it next finds it as new. */
void store_unmake(const struct store *store);

/* Use the images of another store too, read-only: behind those that are added already. It must be
 * one of kelp's. */
int store_add(struct store *store, const char *root, struct error *err);

/* What $CONTAINERS_STORAGE_CONF, else ~/.config/containers/storage.conf, else
 * /etc/containers/storage.conf says (containers-storage.conf(5)), read once: additionalimagestores
 * are added, those of other programs passed over; [storage] driver stands in store->driver. A file
 * that makes no sense is refused when it names such stores, else it says nothing. */
int store_configure(struct store *store, struct error *err);

/* Which file that is: the one $CONTAINERS_STORAGE_CONF names goes before both. The caller frees. */
char *store_config_file(void);

/* The store-wide lock: shared by whoever adds a reference (an image name, a container) to blobs or
 * layers, exclusive while something unreferenced is deleted. Blocks. Returns a descriptor that
 * holds the lock until it is closed, or -1. */
int store_lock_shared(const struct store *store, struct error *err);
int store_lock_exclusive(const struct store *store, struct error *err);

/* Beside volumes that are outside of the store (storage/volume_place.h). */
#define STAGING_OF_VOLUMES "volumes/.staging"

/* A directory in staging/, locked by this process (and by children that keep the descriptor). */
struct staging {
        int dir_fd;   /* O_RDONLY directory */
        int lock_fd;  /* kernel lock on the file NAME.lock */
        int store_fd; /* dup of the store's root_fd */
        const char *base;
        char name[64];        /* below base, which is staging/ */
        struct staging *next; /* a further one that is released with it; owned */
};

#define STAGING_EMPTY ((struct staging){ .dir_fd = -1, .lock_fd = -1, .store_fd = -1 })

/* `what` becomes part of the name ("pull", "layer", "container"). */
int staging_create(const struct store *store, const char *what, struct staging *staging_out,
                   struct error *err);

/* The same in another directory, STAGING_OF_VOLUMES, which is made when missing; NULL: staging/. */
int staging_create_in(const struct store *store, const char *base, const char *what,
                      struct staging *staging_out, struct error *err);

/* rename(2) staging/NAME/entry (entry NULL: the whole directory) to ROOT/target, never over an
 * existing one. 0: done; 1: target existed, nothing was moved; -1: error. */
int staging_publish(struct staging *staging, const char *entry, const char *target,
                    struct error *err);

/* Remove what is left of it and let go of the lock. */
void staging_release(struct staging *staging);

/* Remove staging directories whose makers are dead. Cheap when there is nothing. */
int staging_sweep(const struct store *store, struct error *err);

#endif
