"""Times whole epochs of the photo loader and of its twins in turns, after their pixels were compared. Fails above 0.7.

    compare.py FSS-BENCH FOLDER [--rounds N] [--side N] [--batch N] [--workers N]
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np

BAR = 0.7
HERE = pathlib.Path(__file__).resolve().parent


class Engine:
    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.times = []
        assert self.read() == ["ready"]

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} ended early")
        return line.split()

    def ask(self, line):
        print(line, file=self.process.stdin, flush=True)
        return self.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    words = [options.folder, str(options.side), str(options.batch), str(options.workers)]
    twin = [sys.executable, str(HERE / "twin.py"), *words]
    engines = [Engine("swift-fss", [options.bench, "loader", *words]), Engine("pil", [*twin, "pil"]), Engine("tensor", [*twin, "tensor"])]
    with tempfile.TemporaryDirectory() as name:
        batches = {}
        for engine in engines:
            file = pathlib.Path(name) / engine.name
            engine.ask(f"first {file}")
            batches[engine.name] = np.fromfile(file, np.float32)
        for engine in engines[1:]:
            difference = np.abs(batches["swift-fss"] - batches[engine.name])
            print(f"first batch, swift-fss and {engine.name}: at most {difference.max():.2e}, mean {difference.mean():.2e}")
        if not np.array_equal(batches["swift-fss"], batches["pil"]):
            sys.exit("swift-fss and Pillow differ")
    print("ms a photo on one thread:", *engines[0].ask("parts"))
    counts = set()
    for turn in range(options.rounds + 1):
        for offset in range(len(engines)):
            engine = engines[(turn + offset) % len(engines)]
            seconds, photos = engine.ask(f"epoch {turn}")
            counts.add(photos)
            if turn:                                    # the first epoch starts workers and fills caches
                engine.times.append(float(seconds))
    for engine in engines:
        engine.close()
    assert len(counts) == 1, counts
    print(f"load {os.getloadavg()[0]:.1f}, {counts.pop()} photos, side {options.side}, batches of {options.batch}")
    ours = statistics.median(engines[0].times)
    worst = 0
    for engine in engines:
        middle = statistics.median(engine.times)
        turns = " ".join(f"{seconds:.2f}" for seconds in engine.times)
        ratio = statistics.median(a / b for a, b in zip(engines[0].times, engine.times))
        if engine is not engines[0]:
            worst = max(worst, ratio)
        print(f"{engine.name:10} {middle:.3f} s an epoch ({turns}); swift-fss takes {ratio:.2f} of it")
    sys.exit(worst > BAR)


main()
