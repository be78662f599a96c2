"""listen.py SOCKET LOG: every datagram as a line of LOG. A name that begins with "@" is an abstract one."""
import socket
import sys

name = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\0" + name[1:] if name.startswith("@") else name)
print("ready", flush=True)
while True:
    text = s.recv(65536).decode()
    with open(sys.argv[2], "a") as log:
        log.write(text + "\n")
