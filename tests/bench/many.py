#!/usr/bin/env python3
"""Start commands at once or at a rate, for make bench.

many.py once N COMMAND...            N copies at the same time: seconds and failures
many.py rate PER_SECOND N COMMAND... a copy every 1/PER_SECOND s, N of them: seconds, failures,
                                     median and longest time of one in ms
"""
import os
import signal
import sys
import time


def start(command):
    return os.posix_spawnp(command[0], command, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)], setsigmask=[])


def reap(began, took, flags):
    """Those that have ended; how many failed."""
    failed = 0
    while began:
        pid, status = os.waitpid(-1, flags)
        if pid == 0:
            break
        took.append(time.monotonic() - began.pop(pid))
        failed += status != 0
    return failed


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    once = sys.argv[1] == "once"
    pace = 0 if once else 1 / float(sys.argv[2])
    count, command = int(sys.argv[2 if once else 3]), sys.argv[3 if once else 4:]
    began, took, failed, first = {}, [], 0, time.monotonic()
    for i in range(count):
        while pace and (left := first + i * pace - time.monotonic()) > 0:
            signal.sigtimedwait({signal.SIGCHLD}, left)
            failed += reap(began, took, os.WNOHANG)
        if pace:
            failed += reap(began, took, os.WNOHANG)
        began[start(command)] = time.monotonic()
    failed += reap(began, took, 0)
    took.sort()
    print(f"{time.monotonic() - first:.3f} {failed} {took[count // 2] * 1000:.2f} {took[-1] * 1000:.2f}")


main()
