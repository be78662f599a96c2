/* --storage-opt before the command: options of podman's storage that mean something here
 * (containers-storage.conf(5)). */
#ifndef KELP_CLI_OPTIONS_STORAGE_OPTIONS_H
#define KELP_CLI_OPTIONS_STORAGE_OPTIONS_H

#include "base/json.h"
#include "cli/command.h"

/* Refuse what is not known; choose the driver that overlay.mount_program names. */
int storage_options_settle(struct global_args *global, struct error *err);

/* Use the images of the stores that are named; those of other programs are passed over. */
int storage_options_add(const struct global_args *global, struct store *store, struct error *err);

/* The driver of a new container: --storage-driver, else "vfs" where storage.conf says so (others
 * are chosen when it starts), else NULL. Borrowed. */
const char *storage_options_driver(const struct global_args *global, const struct store *store);

/* By podman's name: its words about a storage.conf that names no driver. */
void storage_options_remind(const struct global_args *global, const struct store *store);

/* As podman's info shows them, with every additional store in one list. */
json_t *storage_options_json(const struct global_args *global);

#endif
