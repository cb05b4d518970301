"""Measures a line: `serve` on one host, `ask ADDRESS` on the other, which prints seconds one way and bits a second in each direction while both
are in use, as they are when ranks exchange gradients."""
import socket
import statistics
import sys
import threading
import time

PORT, BLOCK = 5207, 1 << 18


def serve():
    """Sends back what comes."""
    listener = socket.create_server(("", PORT))
    print("ready", flush=True)
    link, _ = listener.accept()
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while part := link.recv(BLOCK):
        link.sendall(part)


def echoed(link, count):
    """Seconds until so many bytes are back."""
    start = time.monotonic()
    sender = threading.Thread(target=link.sendall, args=(bytes(count),))
    sender.start()
    while count > 0:
        part = link.recv(BLOCK)
        if not part:
            sys.exit("the other side is gone")
        count -= len(part)
    sender.join()
    return time.monotonic() - start


def ask(address):
    link = socket.create_connection((address, PORT), timeout=60)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    trips = []
    for _ in range(30):
        start = time.monotonic()
        link.sendall(b"0")
        link.recv(1)
        trips.append(time.monotonic() - start)
    latency = statistics.median(trips) / 2
    # Streams grow until one takes half a second; then TCP has some more to find its pace.
    rates, count = [], 1 << 20
    while len(rates) < 4:
        seconds = echoed(link, count)
        if seconds < 0.5:
            count *= 2
        else:
            rates.append(count * 8 / (seconds - 2 * latency))
    print(latency, max(rates))


if sys.argv[1] == "serve":
    serve()
else:
    ask(sys.argv[2])
