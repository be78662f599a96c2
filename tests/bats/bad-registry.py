#!/usr/bin/env python3
"""A registry that misbehaves in one way, or asks for a token: bad-registry.py HOW LAYER-TAR; prints its port."""
import base64
import hashlib
import http.server
import io
import json
import ssl
import sys
import tarfile
import threading
import time

how, layer_path = sys.argv[1:3]  # and a certificate with its key, for tls
layer = open(layer_path, "rb").read()
if how == "escape":
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        entry = tarfile.TarInfo("../../escape")
        entry.size = 1
        tar.addfile(entry, io.BytesIO(b"x"))
    layer = buffer.getvalue()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


diff_id = digest(b"other") if how == "bad-diffid" else digest(layer)
config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["sh"]},
                     "rootfs": {"type": "layers", "diff_ids": [diff_id]}}).encode()
size = {"long-blob": len(layer) - 1000, "bomb": 1 << 60}.get(how, len(layer))
manifest = json.dumps({
    "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(config),
               "size": len(config)},
    "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest(layer),
                "size": size}]}).encode()
if how == "huge-manifest":
    manifest += b" " * (8 << 20)
if how == "bad-json":
    manifest = b"{ not json"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def send(self, data, status=200, length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def send_layer(self):
        start = 0
        requested = self.headers.get("Range")
        if requested:
            start = int(requested.split("=")[1].split("-")[0])
        rest = layer[start:]
        status = 206 if requested else 200
        if how == "bad-digest":
            middle = len(layer) // 3
            self.send(layer[:middle] + bytes([layer[middle] ^ 1]) + layer[middle + 1:])
        elif how == "short-blob":
            self.send(layer[:1000], length=len(layer))
            self.close_connection = True
        elif how == "flaky" and start < len(layer) // 2:
            self.send(rest[:len(layer) // 3], status, length=len(rest))
            self.close_connection = True
        elif how == "slow":
            self.send(layer[:100000], length=len(layer))
            time.sleep(60)
        else:
            self.send(rest, status)

    def authorised(self):
        """The token dance: 401 with a realm here, a token for ann there."""
        if how != "token":
            return True
        if self.path.startswith("/token"):
            ok = self.headers.get("Authorization") == "Basic " + base64.b64encode(b"ann:secret").decode()
            scope = "scope=repository:x:pull" in self.path and "service=test" in self.path
            self.send(b'{"token":"abc"}' if ok and scope else b"{}", 200 if ok and scope else 401)
            return False
        if self.headers.get("Authorization") == "Bearer abc":
            return True
        realm = f'Bearer realm="http://127.0.0.1:{server.server_port}/token",service="test",scope="repository:x:pull"'
        self.send(b"{}", 401, WWW_Authenticate=realm)
        return False

    def do_GET(self):
        try:
            if not self.authorised():
                return
            if "/manifests/" in self.path:
                self.send(manifest, Content_Type="application/vnd.oci.image.manifest.v1+json")
            elif self.path.endswith(digest(config)):
                self.send(config)
            elif self.path.endswith(digest(layer)):
                self.send_layer()
            else:
                self.send(b"{}", 404 if "/blobs/" in self.path else 200)
        except (BrokenPipeError, ConnectionResetError):
            pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if how == "tls":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
threading.Timer(120, server.shutdown).start()
server.serve_forever()
