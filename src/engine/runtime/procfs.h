/* Files of a real procfs. What the kernel is told through /proc must not end in a file that an
 * image or a mount has put there (CVE-2019-16884, CVE-2025-52881). */
#ifndef KELP_ENGINE_RUNTIME_PROCFS_H
#define KELP_ENGINE_RUNTIME_PROCFS_H

/* Open path, relative to /proc, when that is a procfs and nothing is mounted on the way. -1 with
 * errno: EXDEV when it is not. */
int procfs_open(const char *path, int flags);

/* Write text to such a file, in one write(2). */
int procfs_write(const char *path, const char *text);

#endif
