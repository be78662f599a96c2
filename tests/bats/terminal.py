#!/usr/bin/env python3
"""Drive a program on a terminal: terminal.py STEP... -- COMMAND...

Steps: "expect TEXT", "send TEXT" (with escapes), "resize ROWS COLUMNS", "sleep SECONDS", "exit CODE".
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

split = sys.argv.index("--")
steps, command = sys.argv[1:split], sys.argv[split + 1:]


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


master, slave = pty.openpty()
if steps[0].startswith("resize"):
    resize(master, *steps.pop(0).split()[1:])
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in range(3):
        os.dup2(slave, fd)
    os.closerange(3, 64)
    os.execvp(command[0], command)
os.close(slave)
seen = ""


def read(timeout):
    global seen
    if not select.select([master], [], [], timeout)[0]:
        return True
    try:
        data = os.read(master, 65536)
    except OSError:
        return False
    seen += data.decode(errors="replace")
    return bool(data)


def fail(text):
    print(text, "\n", repr(seen))
    os.kill(pid, 9)
    sys.exit(1)


for step in steps:
    verb, _, rest = step.partition(" ")
    if verb == "expect":
        end = time.time() + 60
        while rest not in seen:
            if time.time() > end or not read(0.2):
                fail(f"never saw {rest!r}")
        seen = seen[seen.index(rest) + len(rest):]
    elif verb == "send":
        os.write(master, rest.encode().decode("unicode_escape").encode("latin-1"))
    elif verb == "resize":
        resize(master, *rest.split())
        time.sleep(0.2)
    elif verb == "sleep":
        time.sleep(float(rest))
    elif verb == "exit":
        end = time.time() + 60
        while True:
            got, status = os.waitpid(pid, os.WNOHANG)
            if got:
                break
            if time.time() > end:
                fail("it does not end")
            read(0.1)
        code = os.waitstatus_to_exitcode(status)
        print("exit code", code)
        sys.exit(0 if code == int(rest) else 1)
