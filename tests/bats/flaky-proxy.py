#!/usr/bin/env python3
"""A proxy in front of a real registry that breaks connections on purpose.

usage: flaky-proxy.py PORT UPSTREAM_PORT LOG MODE [SEED]

MODE  cut    blobs break off after a random part, in one of three ways: the body ends early, the
             connection is reset, or a 500 comes first; every third request for a blob goes well
      slow   blobs trickle, so that somebody can be killed in between
      norange  the same, and requests for a part get the whole although parts are offered
      pass   nothing is broken
      nopatch, cutpatch  uploads without a length are refused, or break off in the middle; each adds a
             line: PATCH, 0, bytes that came, the mode
Each blob request adds a line to LOG: digest, first byte asked for, bytes sent, and "whole", "short",
"reset", "slow" or "status". A reset throws away what the client has not read yet (tcp(7)), so there the
bytes sent are the most that can have arrived.
"""
import http.client
import random
import socket
import socketserver
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

port, upstream, log_path, mode = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
random.seed(int(sys.argv[5]) if len(sys.argv) > 5 else 1)
lock = threading.Lock()
requests = {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def note(self, digest, first, sent, way):
        with lock, open(log_path, "a") as log:
            log.write(f"{digest} {first} {sent} {way}\n")

    def chunks(self):
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def growing(self):
        """An upload without a length. None: it ended here."""
        body = b"" if mode == "nopatch" else self.chunks()
        self.note("PATCH", 0, len(body), mode)
        if mode == "nopatch":
            self.send_response(405)
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.close_connection = True
            return None
        return body[:len(body) // 2] if mode == "cutpatch" else body

    def relay(self):
        connection = http.client.HTTPConnection("127.0.0.1", upstream, timeout=30)
        headers = {k: v for k, v in self.headers.items() if k.lower() != "host"}
        headers["Host"] = self.headers["Host"]
        if mode == "norange":
            headers.pop("Range", None)
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length) if length else None
        if self.headers.get("Transfer-Encoding") == "chunked":
            headers.pop("Transfer-Encoding")
            body = self.growing()
            if body is None:
                return
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        if self.command == "PATCH" and mode == "cutpatch":
            answer.read()
            self.close_connection = True
        elif "/blobs/sha256:" in self.path and self.command == "GET" and answer.status in (200, 206):
            self.blob(answer)
        else:
            body = answer.read()
            self.head(answer, len(body))
            self.wfile.write(body)
        connection.close()

    def head(self, answer, length):
        self.send_response(answer.status)
        for key, value in answer.getheaders():
            if key.lower() not in ("transfer-encoding", "connection", "content-length", "date"):
                self.send_header(key, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def blob(self, answer):
        body = answer.read()
        digest = self.path.rsplit("/", 1)[1]
        asked = self.headers.get("Range", "bytes=0-")
        first = int(asked.split("=")[1].split("-")[0])
        with lock:
            requests[digest] = requests.get(digest, 0) + 1
            way = "whole" if mode == "pass" or len(body) < 4096 else mode
            if way == "cut" and requests[digest] % 3 == 0:
                way = "whole"
            if way == "cut":
                way = random.choice(["short", "reset", "status"])
            part = random.randrange(len(body) + 1)
        if way == "status":
            self.note(digest, first, 0, way)
            self.send_response(500)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.head(answer, len(body))
        if way in ("slow", "norange"):
            sent = 0
            try:
                for at in range(0, len(body), 65536):
                    self.wfile.write(body[at:at + 65536])
                    self.wfile.flush()
                    sent = min(at + 65536, len(body))
                    time.sleep(0.02)
            finally:
                self.note(digest, first, sent, way)
            return
        if way == "whole":
            self.note(digest, first, len(body), way)
            self.wfile.write(body)
            return
        self.note(digest, first, part, way)
        self.wfile.write(body[:part])
        self.wfile.flush()
        if way == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = relay


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


Server(("127.0.0.1", port), Handler).serve_forever()
