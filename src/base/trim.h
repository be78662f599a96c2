/* Giving memory back before a long wait. */
#ifndef KELP_BASE_TRIM_H
#define KELP_BASE_TRIM_H

/* Free heap and stack pages go back to the kernel, and the pages of code and constants that this
 * process has touched are let go; those that are needed again come back from the page cache. */
void trim_memory(void);

/* For the functions that run before and after that: the linker puts them side by side, so that they
 * bring few pages back. */
#define IDLE_CODE __attribute__((hot, noinline))

#endif
