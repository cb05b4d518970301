"""Measures a line: `serve` on one host, `ask ADDRESS` on the other, which prints seconds one way and bits a second."""
import socket
import statistics
import sys
import time

PORT, BLOCK = 5207, 1 << 18


def serve():
    listener = socket.create_server(("", PORT))
    print("ready", flush=True)
    link, _ = listener.accept()
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    total = 0
    while True:
        part = link.recv(BLOCK)
        if not part:
            return
        total += len(part)
        # A byte is an echo; a stream ends with a 1 and is answered by its length.
        if part == b"\0":
            link.sendall(part)
        elif part[-1] == 1:
            link.sendall(total.to_bytes(8, "big"))
            total = 0


def ask(address):
    link = socket.create_connection((address, PORT), timeout=60)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times = []
    for _ in range(20):
        start = time.monotonic()
        link.sendall(b"\0")
        link.recv(1)
        times.append(time.monotonic() - start)
    latency = statistics.median(times) / 2
    rates, count = [], 1 << 20
    for _ in range(12):
        start = time.monotonic()
        link.sendall(b"\2" * (count - 1) + b"\1")
        answer = b""
        while len(answer) < 8:
            answer += link.recv(8 - len(answer))
        seconds = time.monotonic() - start
        rates.append(count * 8 / max(seconds - 2 * latency, 1e-9))
        if seconds > 1:
            break
        if seconds < 0.5:
            count *= 2
    print(latency, rates[-1])


if sys.argv[1] == "serve":
    serve()
else:
    ask(sys.argv[2])
