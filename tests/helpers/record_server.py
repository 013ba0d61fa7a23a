"""A server on this machine that answers as Zenodo does, with chosen faults."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class RecordServer:
    """Records of files, and what goes wrong with them.

    Attributes:
        files: content by name.
        break_after: so many bytes are sent of a file, and then the connection is closed; one entry for each
            request, in order.
        ranges: whether requests for a part of a file are answered with that part.
        refuse: status codes for the next requests of files.
        md5: what the record states, where it is not the truth.
        asked: the ranges that were asked for, in order; "" for a whole file.
    """

    files: dict[str, bytes]
    break_after: list[int] = field(default_factory=list)
    ranges: bool = True
    refuse: list[int] = field(default_factory=list)
    md5: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def record(self) -> bytes:
        files = [
            {
                "key": name,
                "size": len(content),
                "checksum": f"md5:{self.md5.get(name, hashlib.md5(content).hexdigest())}",
            }
            for name, content in self.files.items()
        ]
        return json.dumps({"files": files, "metadata": {"license": {"id": "cc-by-4.0"}}}).encode()


@contextmanager
def serving(server: RecordServer) -> Iterator[RecordServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/api/records/"):
                self._send(200, server.record())
                return
            name = self.path.partition("?")[0].rpartition("/")[2]
            server.asked.append(self.headers.get("Range", ""))
            if server.refuse:
                self._send(server.refuse.pop(0), b"")
            elif name not in server.files:
                self._send(404, b"")
            else:
                self._file(server.files[name])

        def _file(self, content: bytes) -> None:
            span = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            start = int(span[1]) if span and server.ranges else 0
            if start > len(content):
                self._send(416, b"")
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            if start:
                self.send_header(
                    "Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}"
                )
            self.end_headers()
            end = server.break_after.pop(0) if server.break_after else len(content)
            self.wfile.write(content[start : start + end])

        def _send(self, code: int, body: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    server.address = f"http://127.0.0.1:{http.server_address[1]}"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
