/* Writing to the disk what is being made while more is made: otherwise a large transfer leaves all
 * of it to the one sync at its end, with nothing else to do meanwhile. */
#ifndef KELP_ENGINE_STORAGE_WRITE_BEHIND_H
#define KELP_ENGINE_STORAGE_WRITE_BEHIND_H

struct write_behind;

/* A thread that syncs the file system of fd (borrowed) now and then. NULL when none can be made:
 * that costs time only. */
struct write_behind *write_behind_start(int fd);

/* Waits for a sync under way. NULL is fine. */
void write_behind_stop(struct write_behind *behind);

#endif
