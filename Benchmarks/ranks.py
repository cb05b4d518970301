"""Ranks against threads, on this machine and over lines, beside PyTorch, and how more ranks would grow; see ranks.sh."""
import argparse
import csv
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "ranks"))
import hosts  # noqa: E402
import model  # noqa: E402

# Networks of the prediction: bits a second, seconds until a small message is there (typical of each kind, not measured here).
NETWORKS = {
    "1 Gbit/s": model.Network(1e9, 50e-6), "10 Gbit/s": model.Network(10e9, 30e-6),
    "100 Gbit/s fabric": model.Network(100e9, 3e-6, is_tcp=False),
}
# Lines on which the model is checked; long frames cost this machine less, which computes at the same time.
NO_LIMITS, SLOW = hosts.Line(frame=9000), hosts.Line(5e7, 1e-3)
LINES = {
    "1 Gbit/s, 0.05 ms": hosts.Line(1e9, 50e-6, frame=9000), "100 Mbit/s, 1 ms": hosts.Line(1e8, 1e-3),
    "1 Gbit/s, 20 ms": hosts.Line(1e9, 20e-3, frame=9000),
}
RANKS = [1, 2, 4, 8, 16, 64]
SHARDS = 64
CORES = len(os.sched_getaffinity(0))
# The first steps of a run make memory and kernels ready.
SKIPPED = 2
SIDE, RESOLUTION, CHANNELS = 128, 32, [32, 64, 128]


class Bench:
    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fss-ranks-"))
        self.count = 0

    def run(self, ranks, threads, words, pair=None):
        """Runs a command in a new folder, and says which."""
        self.count += 1
        out = self.folder / f"run{self.count}"
        os.environ["OMP_NUM_THREADS"] = str(threads)
        words = [self.options.fss] + words + ["--out", str(out), "--quiet"]
        if pair:
            words = pair.mpirun(words, environment=["OMP_NUM_THREADS"])
        elif ranks > 1:
            words = hosts.MPIRUN + ["--oversubscribe", "-n", str(ranks)] + words
        found = subprocess.run(words, cwd=self.folder, capture_output=True, text=True)
        if found.returncode != 0:
            raise SystemExit(f"{' '.join(words)} by {ranks} ranks ended with {found.returncode}:\n{found.stderr}")
        return out

    def training(self, ranks, threads, shards, episodes, pair=None, steps=None):
        """Seconds of a step of so many episodes, and the folder of the run."""
        steps = steps or self.options.steps + SKIPPED
        settings = [
            f"model.imageSize={SIDE}", f"model.decoder.resolution={RESOLUTION}", f"model.decoder.channels={CHANNELS}",
            f"training.steps={steps}", f"training.batchSize={episodes}", "training.checkpointInterval=100000",
        ]
        if shards:
            settings.append(f"training.shards={shards}")
        words = ["train", *self.dataset(), "--backbone", self.options.backbone, "--features", str(self.folder / "features")]
        for setting in settings:
            words += ["--set", setting]
        out = self.run(ranks, threads, words, pair)
        with open(out / "metrics.csv", newline="") as file:
            moments = [float(row["seconds"]) for row in csv.DictReader(file)]
        return steady([after - before for before, after in zip(moments, moments[1:])][SKIPPED - 1:] or moments), out

    def evaluation(self, ranks, threads):
        """Episodes a second."""
        words = ["evaluate", *self.dataset(), "--fold", "0", "--backbone", self.options.backbone, "--checkpoint", str(self.model)]
        words += ["--episodes", str(self.options.episodes), "--pictures", "0", "--baselines", "none"]
        cell = json.loads((self.run(ranks, threads, words) / "metrics.json").read_text())["cells"][0]
        return self.options.episodes / cell["seconds"]

    def dataset(self):
        return ["--dataset", "shapes5i", "--images-per-class", str(self.options.images_per_class)]

    def twin(self, episodes, bucket):
        """Seconds of the steps of PyTorch's DDP over gloo, two ranks of one thread."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = dict(os.environ, MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), WORLD_SIZE="2", OMP_NUM_THREADS="1")
        environment["GLOO_SOCKET_IFNAME"] = "lo"
        words = [self.options.python, str(ROOT / "ranks/ddp.py"), "--batch", str(episodes // 2), "--bucket", str(bucket)]
        words += ["--steps", str(self.options.steps + SKIPPED), "--side", str(SIDE), "--resolution", str(RESOLUTION)]
        words += ["--channels"] + [str(count) for count in CHANNELS]
        ranks = [
            subprocess.Popen(words, env=dict(environment, RANK=str(rank)), stdout=subprocess.PIPE, text=True) for rank in range(2)]
        said = [rank.communicate()[0] for rank in ranks]
        if any(rank.returncode for rank in ranks):
            raise SystemExit("PyTorch's ranks ended with an error")
        return json.loads(said[0])


def steady(values):
    """The mean of the middle half: what others compute on the machine comes in bursts."""
    quarter = len(values) // 4
    return statistics.mean(sorted(values)[quarter:len(values) - quarter])


def traffic(folder):
    """What the first rank says of a step: megabytes, milliseconds waited and of sums under way, the percentage of that beside computation."""
    remarks = " ".join(json.loads((folder / "manifest.json").read_text())["remarks"])
    found = re.search(r"a step sent ([\d.]+) MB.*waited ([\d.]+) ms.*under way for ([\d.]+) ms, ([\d.]+) %", remarks)
    if not found:
        raise SystemExit(f"{folder}/manifest.json says nothing of a step's traffic: {remarks}")
    return [float(value) for value in found.groups()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fss", required=True)
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--episodes", type=int, default=60)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--images-per-class", type=int, default=4)
    parser.add_argument("--quick", action="store_true", help="one short round, one line, three ranks")
    own = ROOT / ".venv/bin/python"
    parser.add_argument("--python", default=str(own) if own.exists() else sys.executable, help="a Python with torch, for the twin")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.steps, options.episodes, options.images_per_class = 1, 4, 12, 2
    bench = Bench(options)
    try:
        report(bench, options)
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)


def report(bench, options):
    """All figures as tables; each is printed as soon as it is there."""
    batch, shard = options.batch, options.batch // 2
    start = time.monotonic()
    # The first run computes all features, and its model is the one that is evaluated.
    bench.model = bench.training(1, CORES, None, batch, steps=1)[1] / "model.safetensors"
    cases = {"threads": (1, CORES, None, batch), "ranks": (2, 1, 2, batch), "alone": (1, 1, 2, batch), "half": (1, 1, 1, shard)}
    seconds, scores, twins, remarks = {name: [] for name in cases}, {"threads": [], "ranks": []}, {1: [], 25: []}, []
    has_torch = subprocess.run([options.python, "-c", "import torch"], capture_output=True).returncode == 0
    for _ in range(options.rounds):
        for name, case in cases.items():
            time_of_step, out = bench.training(*case)
            seconds[name].append(time_of_step)
            if name == "ranks":
                remarks.append(traffic(out))
            if name in scores:
                scores[name].append(bench.evaluation(*case[:2]))
        for bucket in (() if not has_torch else [1] if options.quick else twins):
            found = bench.twin(batch, bucket)
            twins[bucket].append(steady(found["seconds"][SKIPPED:]))
    took = {name: statistics.median(values) for name, values in seconds.items()}
    compare(options, took, scores)
    megabytes, waited, under_way, hidden = (statistics.median(values) for values in zip(*remarks))
    print(f"A step of two ranks sends {megabytes:.2f} MB from each; its sums are under way for {under_way:.1f} ms, {hidden:.0f} % of that")
    print(f"beside computation; the first rank waits {waited:.1f} ms a step.\n", flush=True)
    if has_torch:
        beside(options, took["ranks"], twins, found)
    else:
        print(f"skipped: {options.python} has no torch; name one that has with --python\n")
    costs = model.Costs(
        shard=took["alone"] - took["half"], rest=max(2 * took["half"] - took["alone"], 0), gradient=megabytes * 1e6,
        window=under_way * hidden / 1e5)
    check(bench, options, costs, took["ranks"], shard)
    again = bench.training(*cases["ranks"])[0]
    print(f"\nThe same two ranks at the end: {again * 1000:.0f} ms a step, {(again / took['ranks'] - 1) * 100:+.0f} %: so much did the machine "
          "change meanwhile.")
    grow(costs)
    print(f"\nTook {time.monotonic() - start:.0f} s.")


def compare(options, took, scores):
    one, two = 1 / took["threads"], 1 / took["ranks"]
    first, second = (statistics.median(values) for values in scores.values())
    print(f"Rounds that took turns: {options.rounds}, of each the median; decoder of {CHANNELS[0]} to {CHANNELS[2]} channels, {options.batch} episodes")
    print(f"a step, {options.steps} steps, of which the middle half by time counts.\n")
    print(f"| | 1 process, {CORES} threads | 2 ranks, 1 thread each | ratio |")
    print("|---|---|---|---|")
    print(f"| training, steps a second | {one:.2f} | {two:.2f} | {two / one:.2f} |")
    print(f"| evaluation, episodes a second | {first:.2f} | {second:.2f} | {second / first:.2f} |\n")


def beside(options, ours, twins, found):
    print(f"| 2 ranks of 1 thread, {options.batch} episodes a step | steps a second | time, ours / theirs |")
    print("|---|---|---|")
    print(f"| fss train | {1 / ours:.2f} | |")
    for bucket, values in twins.items():
        if not values:
            continue
        theirs = statistics.median(values)
        print(f"| torch {found['torch']}, DDP over gloo, buckets of {bucket} MiB | {1 / theirs:.2f} | {ours / theirs:.2f} |")
    print(flush=True)


def check(bench, options, costs, ranks_here, shard):
    """Predicted and measured steps; leaves in `costs` what hides sums, and what a byte and a message cost a rank over TCP."""
    print(f"Measured: a shard of {shard} episodes costs {costs.shard * 1000:.0f} ms in one thread, the rest of a step "
          f"{costs.rest * 1000:.0f} ms, a gradient has {costs.gradient / 1e6:.2f} MB.\n")
    # In this machine's memory two ranks say what a byte costs, and more ranks have to follow from it.
    costs.byte = max(ranks_here - model.step(costs, 2, 2, None), 0) / costs.gradient
    print("| run | line as measured | predicted, ms a step | measured, ms a step | error |")
    print("|---|---|---|---|---|")
    print(f"| 2 ranks here | memory | sets {costs.byte * 1e9:.1f} ns a byte | {ranks_here * 1000:.0f} | |", flush=True)

    def row(name, line, wanted, found):
        print(f"| {name} | {line} | {wanted * 1000:.0f} | {found * 1000:.0f} | {(wanted / found - 1) * 100:+.0f} % |", flush=True)

    for ranks in ((3,) if options.quick else (3, 4)):
        found = bench.training(ranks, 1, ranks, ranks * shard)[0]
        row(f"{ranks} ranks on {CORES} cores", "memory", model.step(costs, ranks, ranks, None, max(ranks / CORES, 1)), found)
    lack = hosts.lacking()
    if lack:
        print(f"\nskipped: lines between ranks need {lack}")
        return

    def over(line, steps):
        with hosts.Hosts(line=line) as pair:
            latency, bits = pair.probe()
            seconds, out = bench.training(2, 1, 2, 2 * shard, pair, steps=steps)
        text = f"{bits / 1e6:.0f} Mbit/s, {latency * 1000:.2f} ms"
        return seconds, model.Network(bits, latency), traffic(out), text

    # A line that is slower than the backward pass shows all of the time in which sums can be under way beside it.
    found, _, (_, _, under_way, hidden), text = over(SLOW, 3 + SKIPPED)
    costs.window = under_way * hidden / 1e5
    print(f"| 2 hosts, 50 Mbit/s | {text} | sets {costs.window * 1000:.0f} ms that hide sums | {found * 1000:.0f} | |", flush=True)
    # One that nothing slows but the processors shows what a byte and a message cost them.
    found, network, _, text = over(NO_LIMITS, options.steps + SKIPPED)
    costs.byte, costs.message = 0, network.latency
    costs.byte = max(found - model.step(costs, 2, 2, network), 0) / costs.gradient
    print(f"| 2 hosts, no limits | {text} | sets {costs.byte * 1e9:.1f} ns a byte, {network.latency * 1e6:.0f} us a message "
          f"| {found * 1000:.0f} | |", flush=True)
    for name, line in (list(LINES.items())[:1] if options.quick else LINES.items()):
        found, network, _, text = over(line, options.steps + SKIPPED)
        row(f"2 hosts, {name}", text, model.step(costs, 2, 2, network), found)


def grow(costs):
    print(f"\nPredicted speed-up of a step of {SHARDS} shards over one rank (efficiency):\n")
    print("| ranks | " + " | ".join(NETWORKS) + " |")
    print("|---|" + "---|" * len(NETWORKS))
    base = model.step(costs, 1, SHARDS, None)
    for ranks in RANKS:
        speeds = [base / model.step(costs, ranks, SHARDS, network) for network in NETWORKS.values()]
        print(f"| {ranks} | " + " | ".join(f"{speed:.1f} ({speed / ranks * 100:.0f} %)" for speed in speeds) + " |")


if __name__ == "__main__":
    main()
