/* What parent and child of a container start agree on. One message a step over a SOCK_SEQPACKET
 * pair; both sides check the number they receive. A struct error in place of a step ends the start;
 * four bytes are the errno of the last execve(2); end of file is success: the socket closed on
 * exec.
 *
 *   step        parent (launch.c) has finished            child (child.c) has finished
 *   ---------   ---------------------------------------   -------------------------------------
 *   MAPPED      id maps are written                       cloned, file systems opened
 *   MOUNTED                                               with hooks_for_create(): mounts made
 *   HOOKED      prestart and createRuntime hooks
 *   CONSOLE                                               pty made; its descriptor follows
 *   PREPARED                                              createContainer hooks, pivot_root, names
 *   START       network is up, the record is on disk
 *   LISTENER                                              with process.emulate: the filter whose
 *                                                         listener follows
 *   SUPERVISED  somebody answers it
 *   NOTIFY                                                startContainer hooks; with a seccomp
 *                                                         listener: the filter; its descriptor
 *                                                         follows
 *   (end)                                                 identity, seccomp, execve
 *
 * With request->ready_early the identity comes before PREPARED. With request->wait this pair is
 * closed after START, and the child waits for a connection to its start socket, over which START
 * comes a second time and the rest follows (launch_continue()).
 */
#ifndef KELP_ENGINE_RUNTIME_HANDSHAKE_H
#define KELP_ENGINE_RUNTIME_HANDSHAKE_H

#include "base/error.h"

enum handshake_step {
        HANDSHAKE_MAPPED = 1,
        HANDSHAKE_MOUNTED,
        HANDSHAKE_HOOKED,
        HANDSHAKE_CONSOLE,
        HANDSHAKE_PREPARED,
        HANDSHAKE_START,
        HANDSHAKE_LISTENER,
        HANDSHAKE_SUPERVISED,
        HANDSHAKE_NOTIFY,
        HANDSHAKE_END, /* never sent: end of file */
};

/* Send a step. A peer that is gone is not an error here; the next receive says so. */
void handshake_send(int fd, enum handshake_step step);

/* Receive and check. A reported error becomes *err. */
int handshake_expect(int fd, enum handshake_step step, struct error *err);

#endif
