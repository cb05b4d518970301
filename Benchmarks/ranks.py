"""Ranks against threads, and how more ranks would grow; see ranks.sh."""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

# Networks of the prediction: bits a second, seconds until a small message is there (typical of each kind, not measured here).
NETWORKS = {"1 Gbit/s": (1e9, 50e-6), "10 Gbit/s": (10e9, 30e-6), "100 Gbit/s": (100e9, 3e-6)}
RANKS = [1, 2, 4, 8, 16, 32, 64]
SHARDS = 64
# The part of a shard's time in which buckets can be under way: most of its backward pass, which is two thirds of it.
HIDING = 0.5
BUCKETS = 8


class Bench:
    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fss-ranks-"))
        self.count = 0

    def run(self, ranks, threads, words):
        """Seconds of a command in a new folder, and the folder."""
        self.count += 1
        out = self.folder / f"run{self.count}"
        launcher = ["mpirun", "--oversubscribe", "--allow-run-as-root", "--bind-to", "none", "-n", str(ranks)] if ranks > 1 else []
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads))
        start = time.monotonic()
        found = subprocess.run(
            launcher + [self.options.fss] + words + ["--out", str(out), "--quiet"], env=environment, cwd=self.folder,
            capture_output=True, text=True)
        if found.returncode != 0:
            raise SystemExit(f"{' '.join(words[:2])} by {ranks} ranks ended with {found.returncode}:\n{found.stderr}")
        return time.monotonic() - start, out

    def training(self, ranks, threads, steps, shards):
        settings = [
            "model.imageSize=128", "model.decoder.resolution=32", "model.decoder.channels=[32,64,128]", f"training.steps={steps}",
            f"training.batchSize={self.options.batch}", "training.checkpointInterval=100000",
        ]
        if shards:
            settings.append(f"training.shards={shards}")
        words = ["train", "--dataset", "shapes5i", "--images-per-class", "8", "--backbone", self.options.backbone]
        words += ["--features", str(self.folder / "features")]
        for setting in settings:
            words += ["--set", setting]
        return self.run(ranks, threads, words)

    def evaluation(self, ranks, threads, episodes):
        words = ["evaluate", "--dataset", "shapes5i", "--fold", "0", "--backbone", self.options.backbone, "--checkpoint"]
        words += [str(self.model), "--episodes", str(episodes), "--pictures", "0"]
        return self.run(ranks, threads, words)


def traffic(folder):
    """What the first rank says of a step: megabytes, milliseconds of sums under way, and the share of it beside computation."""
    remarks = " ".join(json.loads((folder / "manifest.json").read_text())["remarks"])
    found = re.search(r"a step sent ([\d.]+) MB.*waited ([\d.]+) ms.*under way for ([\d.]+) ms, ([\d.]+) %", remarks)
    if not found:
        raise SystemExit(f"{folder}/manifest.json says nothing of a step's traffic: {remarks}")
    return [float(value) for value in found.groups()]


def predicted(ranks, shard_seconds, gradient_bytes, bits, latency):
    """Seconds of a step of SHARDS shards."""
    compute = SHARDS / ranks * shard_seconds
    if ranks == 1:
        return compute, 0.0
    sent = 2 * gradient_bytes * (ranks - 1) / ranks * 8 / bits
    messages = BUCKETS * 2 * (ranks - 1) * latency
    communication = sent + messages
    return compute, max(communication - HIDING * shard_seconds, sent / BUCKETS)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fss", required=True)
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--episodes", type=int, default=80)
    parser.add_argument("--batch", type=int, default=16)
    options = parser.parse_args()
    bench = Bench(options)
    try:
        report(bench, options)
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)


def report(bench, options):
    small, large = max(options.steps // 4, 1), options.steps + max(options.steps // 4, 1)
    # The first run computes all features, and its model is the one that is evaluated.
    _, out = bench.training(1, 2, 1, None)
    bench.model = out / "model.safetensors"
    cases = {"1 process, 2 threads": (1, 2, None), "2 ranks, 1 thread each": (2, 1, 2), "1 process, 1 thread": (1, 1, 2)}
    steps, episodes, remarks = {name: [] for name in cases}, {name: [] for name in cases}, []
    for _ in range(options.rounds):
        for name, (ranks, threads, shards) in cases.items():
            times = {}
            for count in (small, large):
                times[count], out = bench.training(ranks, threads, count, shards)
                if ranks > 1 and count == large:
                    remarks.append(traffic(out))
            steps[name].append((large - small) / max(times[large] - times[small], 1e-9))
            if name == "1 process, 1 thread":
                continue
            few, many = max(options.episodes // 4, 4), options.episodes + max(options.episodes // 4, 4)
            seconds = bench.evaluation(ranks, threads, many)[0] - bench.evaluation(ranks, threads, few)[0]
            episodes[name].append((many - few) / max(seconds, 1e-9))
    one, two, alone = (statistics.median(steps[name]) for name in cases)
    first, second = (statistics.median(episodes[name]) for name in list(cases)[:2])
    megabytes, waited, under_way, hidden = (statistics.median(values) for values in zip(*remarks))
    print(f"Medians of {options.rounds} rounds that took turns; decoder of 32 to 128 channels, {options.batch} episodes a step.\n")
    print("| | 1 process, 2 threads | 2 ranks, 1 thread each | ratio |")
    print("|---|---|---|---|")
    print(f"| training, steps a second | {one:.2f} | {two:.2f} | {two / one:.2f} |")
    print(f"| evaluation, episodes a second | {first:.2f} | {second:.2f} | {second / first:.2f} |\n")
    print(f"A step of two ranks sends {megabytes:.2f} MB from each; its sums are under way for {under_way:.1f} ms, {hidden:.0f} % of that")
    print(f"beside computation; the first rank waits {waited:.1f} ms a step.\n")
    # A rank's cost of one shard of that size, in one thread.
    shard = 1 / alone / 2
    # Two ranks send the length of the gradient once, see predicted().
    gradient = megabytes * 1e6
    wanted = 1 / (shard + waited / 1000)
    print(f"Model: a shard costs {shard * 1000:.1f} ms in one thread, a gradient has {gradient / 1e6:.2f} MB. Two ranks here: predicted")
    print(f"{wanted:.2f} steps a second with the time waited, measured {two:.2f}, error {abs(wanted / two - 1) * 100:.0f} %.\n")
    print(f"Predicted speed-up of a step of {SHARDS} shards over one rank (efficiency):\n")
    print("| ranks | " + " | ".join(NETWORKS) + " |")
    print("|---|" + "---|" * len(NETWORKS))
    base = sum(predicted(1, shard, gradient, 1, 0))
    for ranks in RANKS:
        cells = []
        for bits, latency in NETWORKS.values():
            speed = base / sum(predicted(ranks, shard, gradient, bits, latency))
            cells.append(f"{speed:.1f} ({speed / ranks * 100:.0f} %)")
        print(f"| {ranks} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
