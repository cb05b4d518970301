#!/usr/bin/env python3
"""Maltreats the server of `fss serve` for as long as it is given, and watches its memory.

Two hundred clients at once: damaged requests, uploads that break off or lie about their length, damaged photos, concepts and marks, headers
that never end, readers that take a byte at a time, connections that say nothing; and among them some who use it as it is meant and must
get right answers all the time. It ends with 1 where the server ended, an honest client was wronged, or memory grew.

    Scripts/torture-page.py [--fss .build/release/fss] [--seconds 300] [--clients 200] [--seed 1]
"""

import argparse
import json
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def png(side, shade):
    """A small picture."""
    rows = b"".join(b"\0" + bytes((x * shade + y) % 256 for x in range(side) for _ in range(3)) for y in range(side))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Server:
    def __init__(self, fss):
        self.process = subprocess.Popen([fss, "serve", "--json", "--quiet"], stdout=subprocess.PIPE, text=True)
        text = ""
        while not text.endswith("}\n"):
            line = self.process.stdout.readline()
            if not line:
                sys.exit("torture-page: fss serve did not start")
            text += line
        self.port = json.loads(text)["port"]
        self.host = f"127.0.0.1:{self.port}"

    def connect(self, seconds=30):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=seconds)
        return connection

    def head(self, method, path, *lines):
        return "\r\n".join((f"{method} {path} HTTP/1.1", f"Host: {self.host}", *lines, "", "")).encode()

    def ask(self, method, path, body=b"", kind="application/json", seconds=120):
        """A right request; its status and body."""
        lines = [f"Content-Length: {len(body)}", "Connection: close"] + ([f"Content-Type: {kind}"] if body else [])
        with self.connect(seconds) as connection:
            connection.sendall(self.head(method, path, *lines) + body)
            answer = b""
            while part := connection.recv(1 << 16):
                answer += part
        head, _, content = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), content

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            values = dict(line.split(":", 1) for line in file if ":" in line)
        return int(values["VmRSS"].split()[0]) // 1024, int(values["Threads"])

    def handles(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


class Torture:
    def __init__(self, server, seed, end):
        self.server, self.seed, self.end = server, seed, end
        self.lock = threading.Lock()
        self.counts, self.wrongs, self.waits = {}, [], []
        status, body = server.ask("POST", "/api/sessions")
        self.session = json.loads(body)["id"]
        self.marks = json.dumps({"height": 384, "width": 384, "boxes": [[100, 100, 260, 260]],
                                 "scribbles": [{"points": [[1, 2], [30, 40]], "thickness": 3}], "mask": [0, 100, 384 * 384 - 100]}).encode()
        server.ask("POST", f"/api/sessions/{self.session}/examples")
        server.ask("PUT", f"/api/sessions/{self.session}/photos/p1/marks", self.marks)
        status, self.concept = server.ask("GET", f"/api/sessions/{self.session}/concept")

    def note(self, kind):
        with self.lock:
            self.counts[kind] = self.counts.get(kind, 0) + 1

    def keep(self):
        """The victim's session stays in use, and is made anew when it ended."""
        if self.server.ask("GET", f"/api/sessions/{self.session}")[0] != 200:
            self.session = json.loads(self.server.ask("POST", "/api/sessions")[1]).get("id", self.session)

    def honest(self, rng):
        begin = time.time()
        status, body = self.server.ask("POST", "/api/sessions")
        if status == 413:
            time.sleep(1)
            return
        session = f"/api/sessions/{json.loads(body)['id']}"
        steps = [
            (201, self.server.ask("POST", f"{session}/photos?name=a.png", png(64, 7), "image/png")),
            (200, self.server.ask("PUT", f"{session}/photos/p1/marks", b'{"height":64,"width":64,"boxes":[[10,10,40,40]]}')),
            (200, self.server.ask("POST", f"{session}/photos/p1/result")),
            (200, self.server.ask("GET", f"{session}/exports/coco")),
            (204, self.server.ask("DELETE", session)),
        ]
        for number, (wanted, (found, content)) in enumerate(steps):
            if found not in (wanted, 503) and not (found == 413 and b"bytes of all photos" in content):
                with self.lock:
                    self.wrongs.append(f"step {number}: {found} {content[:200]!r}")
        with self.lock:
            self.waits.append(time.time() - begin)
        time.sleep(0.2)

    def templates(self):
        session = f"/api/sessions/{self.session}"
        head = self.server.head
        return [
            head("GET", "/"), head("GET", "/page.js"), head("GET", "/api"), head("GET", f"{session}"), head("GET", f"{session}/photos/p1"),
            head("PUT", f"{session}/photos/p1/marks", "Content-Type: application/json", f"Content-Length: {len(self.marks)}") + self.marks,
            head("POST", f"{session}/photos?name=%C3%A9%00..%2F", "Content-Type: image/png", f"Content-Length: {len(png(16, 3))}") + png(16, 3),
            head("PATCH", session, "Content-Type: application/json", "Content-Length: 19") + b'{"concept": "thing"}',
            head("POST", f"{session}/concept", "Content-Type: application/zip", "Transfer-Encoding: chunked") + b"5\r\nPK\3\4x\r\n0\r\n\r\n",
        ]

    def mutated(self, rng, data):
        data = bytearray(data)
        for _ in range(rng.randint(1, 8)):
            place = rng.randrange(len(data))
            choice = rng.randrange(4)
            if choice == 0:
                data[place] = rng.randrange(256)
            elif choice == 1:
                data[place:place] = rng.randbytes(rng.randint(1, 40))
            elif choice == 2:
                del data[place:place + rng.randint(1, 40)]
                data = data or bytearray(b"x")
            else:
                data[place:place] = data[place:place + rng.randint(1, 60)] * rng.randint(1, 50)
        return bytes(data)

    def broken(self, rng):
        with self.server.connect(5) as connection:
            connection.sendall(self.mutated(rng, rng.choice(self.templates())))
            if rng.random() < 0.5:
                connection.shutdown(socket.SHUT_WR)
            connection.recv(1 << 14)

    def upload(self, rng):
        """Announces much and sends little, or more than it said, or is gone."""
        session, claimed = f"/api/sessions/{self.session}", rng.choice([10, 1000, 30 << 20, 32 << 20, 40 << 20, 1 << 40])
        with self.server.connect(5) as connection:
            if rng.random() < 0.5:
                lines = [f"Content-Length: {claimed}"]
            else:
                lines = ["Transfer-Encoding: chunked"]
            connection.sendall(self.server.head("POST", f"{session}/photos", "Content-Type: image/png", *lines))
            for _ in range(rng.randint(0, 40)):
                block = rng.randbytes(rng.choice([10, 4096, 65536]))
                connection.sendall(b"%x\r\n%s\r\n" % (len(block), block) if lines[0].startswith("T") else block)
            if rng.random() < 0.3:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif rng.random() < 0.5:
                connection.recv(1000)

    def damaged(self, rng):
        session = f"/api/sessions/{self.session}"
        choice = rng.randrange(3)
        if choice == 0:
            self.server.ask("POST", f"{session}/photos", self.mutated(rng, png(rng.choice([8, 64, 300]), 5)), "image/png")
        elif choice == 1:
            self.server.ask("POST", f"{session}/concept", self.mutated(rng, self.concept), "application/zip")
        else:
            self.server.ask("PUT", f"{session}/photos/p1/marks", self.mutated(rng, self.marks))

    def slow_reader(self, rng):
        with self.server.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            path = rng.choice(["/page.js", f"/api/sessions/{self.session}/photos/p1", f"/api/sessions/{self.session}", "/openapi.json"])
            connection.sendall(self.server.head("GET", path) * rng.choice([1, 1, 20]))
            until = time.time() + rng.uniform(1, 40)
            while time.time() < min(until, self.end) and connection.recv(1):
                time.sleep(0.2)

    def slow_writer(self, rng):
        with self.server.connect() as connection:
            for byte in self.server.head("GET", "/", "X: " + "x" * 2000)[:rng.randint(1, 2000)]:
                if time.time() > self.end:
                    return
                connection.send(bytes([byte]))
                time.sleep(0.05)

    def endless(self, rng):
        with self.server.connect(5) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n")
            for _ in range(rng.randint(1, 400)):
                connection.sendall(rng.choice([b"X: " + b"y" * 1000, b"X: y\r\n" * 100, rng.randbytes(1000)]))

    def silent(self, rng):
        with self.server.connect() as connection:
            connection.settimeout(max(1, min(40, self.end - time.time())))
            connection.recv(1)

    def run(self, number):
        rng = random.Random(f"{self.seed} {number}")
        kinds = [self.broken, self.broken, self.upload, self.damaged, self.slow_reader, self.slow_writer, self.endless, self.silent]
        kind = self.honest if number < 4 else kinds[number % len(kinds)]
        while time.time() < self.end:
            try:
                kind(rng)
                self.note(kind.__name__)
            except (OSError, ValueError, IndexError) as error:
                self.note(f"{kind.__name__}, cut off")
                if kind == self.honest:
                    with self.lock:
                        self.wrongs.append(repr(error))
                time.sleep(0.05)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--fss", default=str(ROOT / ".build/release/fss"))
    options.add_argument("--seconds", type=int, default=300)
    options.add_argument("--clients", type=int, default=200)
    options.add_argument("--seed", default="1")
    given = options.parse_args()
    server = Server(given.fss)
    start = time.time()
    torture = Torture(server, given.seed, start + given.seconds)
    threads = [threading.Thread(target=torture.run, args=(number,), daemon=True) for number in range(given.clients)]
    for thread in threads:
        thread.start()
    samples, peak_handles = [], 0
    while time.time() < torture.end:
        time.sleep(min(5, max(0, torture.end - time.time())))
        if server.process.poll() is not None:
            sys.exit(f"torture-page: the server ended with {server.process.returncode}; {torture.counts}")
        memory, _ = server.memory()
        samples.append((time.time() - start, memory))
        peak_handles = max(peak_handles, server.handles())
        try:
            torture.keep()
        except (OSError, ValueError, IndexError):
            torture.note("keeping the session, cut off")
    for thread in threads:
        thread.join(60)
    time.sleep(25)
    memory, count = server.memory()
    status, _ = server.ask("GET", "/api")
    third = given.seconds / 3
    early = max((m for t, m in samples if t <= third), default=0)
    late = max((m for t, m in samples if t >= 2 * third), default=0)
    print(f"{given.clients} clients for {given.seconds} s: {sum(torture.counts.values())} requests")
    print(", ".join(f"{name} {number}" for name, number in sorted(torture.counts.items())))
    waits = sorted(torture.waits) or [0]
    print(f"honest stories {len(torture.waits)}, median {waits[len(waits) // 2]:.1f} s, longest {waits[-1]:.1f} s; wronged {len(torture.wrongs)}")
    print(f"memory: at most {early} MiB in the first third, {late} MiB in the last, {memory} MiB afterwards; files at most {peak_handles}, "
          f"{server.handles()} afterwards; {count} threads")
    server.process.terminate()
    code = server.process.wait(60)
    problems = torture.wrongs[:5]
    if status != 200 or code != 0:
        problems.append(f"GET /api gave {status} afterwards, and the server ended with {code}")
    if late > early * 1.15 + 32:
        problems.append("memory grew")
    if server and peak_handles > 900:
        problems.append("too many open files")
    if problems:
        sys.exit("torture-page: " + "; ".join(problems))


main()
