"""Faults of runs on two hosts; see torture-ranks.sh."""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Benchmarks/ranks"))
import hosts  # noqa: E402

# Seconds without a sign of life after which a rank counts as gone, and what all ranks may take to end from then on.
SILENCE, GRACE = 8, 10
BACKBONE = ROOT / "Sources/Diffusion/Resources/shapes5i/backbone.safetensors"
SETTINGS = [
    "model.imageSize=64", "model.decoder.resolution=16", "model.decoder.channels=[8,8,16]", "model.decoder.embedding=16",
    "model.decoder.sinusoid=16", "training.batchSize=8", "training.shards=4", "training.checkpointInterval=10",
]
DATA = ["--dataset", "shapes5i", "--images-per-class", "8"]
FILES = ["model.safetensors", "state.safetensors"]


class Wrong(Exception):
    """A case that did not end as it should."""


def expect(holds, words):
    if not holds:
        raise Wrong(words)


def plain(value):
    """A report without times and places."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items() if key not in ("seconds", "folder", "started")}
    return [plain(part) for part in value] if isinstance(value, list) else value


class Torture:
    def __init__(self, options):
        self.fss, self.steps = options.fss, options.steps
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fss-torture-ranks-"))
        os.chdir(self.folder)
        os.environ.update(OMP_NUM_THREADS="1", FSS_MPI_SILENCE=str(SILENCE))

    def training(self, out, features="features", steps=None, backbone=BACKBONE):
        words = [self.fss, "train", *DATA, "--backbone", str(backbone), "--features", features, "--out", out]
        for setting in SETTINGS + [f"training.steps={steps or self.steps}"]:
            words += ["--set", setting]
        return words

    def evaluation(self, out):
        words = [self.fss, "evaluate", *DATA, "--backbone", str(BACKBONE), "--checkpoint", "one/model.safetensors", "--out", out]
        return words + ["--episodes", "24", "--pictures", "0", "--baselines", "contrast", "--ensemble", "2", "--steps", "3"]

    def resumed(self, out):
        return [self.fss, "train", "--resume", out, "--features", "features"]

    def alone(self, words):
        found = subprocess.run(words, capture_output=True, text=True)
        if found.returncode != 0:
            raise Wrong(f"one process ended with {found.returncode}: {found.stderr}")

    @contextlib.contextmanager
    def start(self, pair, words, own=None):
        """A run on both hosts; what it says lies in the file `said`."""
        with open(self.folder / "said", "w") as said:
            words = pair.mpirun(words, environment=["OMP_NUM_THREADS", "FSS_MPI_SILENCE"], own=own)
            process = subprocess.Popen(words, stdout=said, stderr=said, preexec_fn=hosts.with_parent)
        try:
            yield process
        finally:
            if process.poll() is None:
                pair.clear()
                process.kill()
            process.wait()

    def said(self):
        return (self.folder / "said").read_text(errors="replace")

    def whole(self, pair, words, own=None, limit=180):
        """A run that has to end well."""
        with self.start(pair, words, own) as process:
            try:
                code = process.wait(limit)
            except subprocess.TimeoutExpired:
                raise Wrong(f"not done after {limit} s: {self.said()[-400:]}")
        expect(code == 0, f"ended with {code}: {self.said()[-600:]}")

    def until_checkpoint(self, process, path, at_least=1):
        """Waits until a training wrote some checkpoints."""
        seen, last = 0, None
        for _ in range(6000):
            if process.poll() is not None:
                raise Wrong(f"ended before its checkpoint: {self.said()[-600:]}")
            time.sleep(0.02)
            try:
                stamp = os.stat(path).st_mtime_ns
            except FileNotFoundError:
                continue
            seen, last = seen + (stamp != last), stamp
            if seen >= at_least:
                return
        raise Wrong("no checkpoint after two minutes")

    def ended(self, pair, places, limit):
        """Seconds until no rank is left on these hosts."""
        start = time.monotonic()
        while any(pair.processes(place, "fss") for place in places):
            expect(time.monotonic() - start < limit, f"ranks are still there after {limit} s: {self.said()[-400:]}")
            time.sleep(0.05)
        return time.monotonic() - start

    def clean(self, out, names=None):
        """Nothing in a run folder that a whole run has not, but for the lock of a process that was killed."""
        found = {path.name for path in pathlib.Path(out).iterdir()} if names is None else set(names)
        rest = found - {path.name for path in pathlib.Path("one").iterdir()} - {".lock"}
        expect(not rest, f"left in {out}: {', '.join(sorted(rest))}")

    def same_training(self, out):
        for name in FILES:
            expect((pathlib.Path(out) / name).read_bytes() == (pathlib.Path("one") / name).read_bytes(), f"another {name} in {out}")

    def same_evaluation(self, out):
        def names(folder):
            return sorted(str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*") if path.is_file())
        expect(names(out) == names("scores"), f"other files: {names(out)}, {names('scores')}")
        for name in names(out):
            mine, other = ((pathlib.Path(folder) / name).read_text() for folder in (out, "scores"))
            if name.endswith("metrics.json"):
                mine, other = (plain(json.loads(text)) for text in (mine, other))
            if name.endswith((".csv", "metrics.json")):
                expect(mine == other, f"another {name} in {out}")

    # What is tried. Each case returns what was seen.

    def same(self):
        with hosts.Hosts() as pair:
            self.whole(pair, self.training("same", features="features-same"))
            self.same_training("same")
            said = self.said()
            expect("2 machines (fss-a, fss-b)" in said, f"no word of two machines: {said[:400]}")
            self.whole(pair, self.evaluation("same-scores"))
        self.same_evaluation("same-scores")
        return "training and evaluation on two hosts: model, state and scores of one process, byte for byte"

    def slow(self):
        with hosts.Hosts(line=hosts.Line(rate=1e8, delay=0.02, loss=0.01)) as pair:
            latency = pair.probe()[0]
            start = time.monotonic()
            self.whole(pair, self.training("slow"))
            seconds = time.monotonic() - start
            self.same_training("slow")
            self.whole(pair, self.evaluation("slow-scores"))
            pair.link.terminate()
            traffic = pair.link.stdout.read().strip()
        self.same_evaluation("slow-scores")
        return (f"100 Mbit/s, {latency * 1000:.0f} ms one way, 1 % loss: the same bytes; training took {seconds:.0f} s; "
                f"frames: {traffic.rsplit(',', 1)[0]}")

    def goes_on(self, pair, out):
        self.clean(out)
        self.whole(pair, self.resumed(out))
        self.same_training(out)

    def cut(self):
        with hosts.Hosts() as pair:
            with self.start(pair, self.training("cut")) as process:
                self.until_checkpoint(process, "cut/state.safetensors", 2)
                pair.cut()
                seconds = self.ended(pair, (0, 1), SILENCE + GRACE)
                time.sleep(1)
                launcher = "ended, too" if process.poll() is not None else "waited for the lost host and was ended by hand"
            said = self.said()
            expect("was silent for" in said, f"no word of silence: {said[-400:]}")
            pair.clear()
            pair.join()
            self.goes_on(pair, "cut")
        return f"line cut: all ranks ended after {seconds:.1f} s (limit {SILENCE} s), mpirun {launcher}; resumed to the same bytes"

    def killed(self):
        with hosts.Hosts() as pair:
            with self.start(pair, self.training("killed")) as process:
                self.until_checkpoint(process, "killed/state.safetensors", 2)
                os.kill(pair.processes(1, "fss")[0], signal.SIGKILL)
                seconds = self.ended(pair, (0, 1), 30)
                code = self.code_of(process)
            expect(code != 0, "mpirun ended as if all were well")
            expect("rank 1" in self.said() and "signal 9" in self.said(), f"the rank is not named: {self.said()[-600:]}")
            self.goes_on(pair, "killed")
        return f"rank 1 killed: all ended after {seconds:.1f} s, mpirun named it; resumed to the same bytes"

    def code_of(self, process, limit=30):
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            raise Wrong(f"mpirun is still there after {limit} s: {self.said()[-400:]}")

    def gone(self):
        with hosts.Hosts() as pair:
            with self.start(pair, self.training("gone")) as process:
                self.until_checkpoint(process, "gone/state.safetensors", 2)
                # Nothing on the host runs on, and nobody is told: a shell that saw its end would tell mpirun.
                pair.cut()
                for each in pair.processes(1):
                    os.kill(each, signal.SIGSTOP)
                seconds = self.ended(pair, (0,), SILENCE + GRACE)
            expect("rank 1" in self.said() and "fss-b" in self.said(), f"the host is not named: {self.said()[-400:]}")
            pair.clear()
            self.clean("gone")
            # One process goes on where two hosts were, and on the other one: the lock names a process that it cannot see.
            expect(pathlib.Path("gone/.lock").exists(), "rank 0 left no lock, so that nothing is tried here")
            start = time.monotonic()
            self.alone(pair.words(1) + self.resumed("gone"))
            further = time.monotonic() - start
            expect(not pathlib.Path("gone/.lock").exists(), "the lock is still there")
        self.same_training("gone")
        return (f"host of rank 1 gone: rank 0 ended after {seconds:.1f} s and named it; one process on another host took its lock "
                f"and went on to the same bytes in {further:.0f} s")

    def disk(self):
        size = os.stat("one/state.safetensors").st_size + os.stat("one/model.safetensors").st_size
        pathlib.Path("disk").mkdir()
        with hosts.Hosts() as pair:
            # Room for one checkpoint and half of the next one.
            place = str(self.folder / "disk")
            pair.run(0, ["mount", "-t", "tmpfs", "-o", f"size={size * 3 // 2 // 1024}k", "tmpfs", place], check=True)
            start = time.monotonic()
            with self.start(pair, self.training("disk/run")) as process:
                code = self.code_of(process, 120)
            seconds, said = time.monotonic() - start, self.said()
            expect(code != 0, "a full disk, and the run ended well")
            expect("rank 0 of 2 on fss-a" in said, f"the rank is not named: {said[-600:]}")
            expect("space" in said, f"the reason is not named: {said[-600:]}")
            expect(not pair.processes(0, "fss") and not pair.processes(1, "fss"), "ranks are still there")
            listing = pair.run(0, ["ls", "-A", f"{place}/run"], capture_output=True, text=True).stdout.split()
            self.clean("disk/run", listing)
            expect("state.safetensors" in listing, f"no checkpoint is left: {listing}")
            pair.run(0, ["mount", "-o", "remount,size=64m", place], check=True)
            self.whole(pair, self.resumed("disk/run"))
            for name in FILES:
                found = pair.run(0, ["cat", f"{place}/run/{name}"], capture_output=True, check=True).stdout
                expect(found == (pathlib.Path("one") / name).read_bytes(), f"another {name} after the disk was full")
        return f"disk of rank 0 full at its second checkpoint: all ended after {seconds:.1f} s in all; with room resumed to the same bytes"

    def features(self):
        place = self.folder / "features-full"
        place.mkdir()
        with hosts.Hosts() as pair:
            pair.run(1, ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], check=True)
            with self.start(pair, self.training("features-run", features=str(place))) as process:
                code = self.code_of(process, 120)
            said = self.said()
            if code == 0:
                self.same_training("features-run")
                return "features' disk of rank 1 full: it did without, the same bytes"
            expect("rank 1 of 2 on fss-b" in said and "space" in said, f"rank or reason is not named: {said[-600:]}")
            pair.run(1, ["umount", str(place)], check=True)
            words = self.training("features-run", features=str(place))
            shutil.rmtree("features-run", ignore_errors=True)
            self.whole(pair, words)
        self.same_training("features-run")
        return "features' disk of rank 1 full: all ended with its name and the reason; with room the same command gave the same bytes"

    def clocks(self):
        shifted = self.folder / "clock.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", shifted, ROOT / "Benchmarks/ranks/clock.c"], check=True)
        ahead = ["env", f"LD_PRELOAD={shifted}", f"DATE_SHIFT={-40 * 86400}"]
        seen = "dates by 40 days"
        if subprocess.run(["unshare", "-T", "--monotonic=1000", "true"], capture_output=True).returncode == 0:
            ahead = ["unshare", "-T", "--monotonic=100000", "--boottime=100000"] + ahead
            seen += ", uptimes by 28 hours"
        else:
            seen += "; uptimes are the same: no time namespaces"
        today = subprocess.run(ahead + ["date", "+%s"], capture_output=True, text=True, check=True).stdout
        expect(abs(int(today) - time.time() + 40 * 86400) < 60, f"the date was not shifted: {today}")
        with hosts.Hosts() as pair:
            self.whole(pair, self.training("clocks"), own={1: ahead})
            self.whole(pair, self.evaluation("clocks-scores"), own={1: ahead})
        self.same_training("clocks")
        self.same_evaluation("clocks-scores")
        return f"clocks of the hosts differ ({seen}): the same bytes"

    def late(self):
        """Weights that a shared file system shows one host later than the other."""
        shared = self.folder / "shared"
        shared.mkdir()
        shutil.copy(BACKBONE, shared / "net.safetensors")
        words = self.training("late", backbone=shared / "net.safetensors")
        with hosts.Hosts() as pair:
            pair.run(1, ["mount", "-t", "tmpfs", "tmpfs", str(shared)], check=True)
            start = time.monotonic()
            with self.start(pair, words) as process:
                code = self.code_of(process)
            seconds, said = time.monotonic() - start, self.said()
            expect(code != 0 and "rank 1 of 2 on fss-b" in said and "net.safetensors" in said, f"not named: {said[-600:]}")
            pair.run(1, ["umount", str(shared)], check=True)
            expect(not pathlib.Path("late/state.safetensors").exists(), "a run without weights has a state")
            self.whole(pair, words)
        self.same_training("late")
        return f"weights not yet there on the host of rank 1: all ended after {seconds:.1f} s with its name; then the same command, the same bytes"

    def unseen(self):
        """Files of the run that one host never sees."""
        runs = self.folder / "unseen"
        runs.mkdir()
        with hosts.Hosts() as pair:
            pair.run(1, ["mount", "-t", "tmpfs", "tmpfs", str(runs)], check=True)
            with self.start(pair, self.training("unseen/run")) as process:
                self.until_checkpoint(process, "unseen/run/state.safetensors", 2)
                process.send_signal(signal.SIGINT)
                self.code_of(process)
            self.whole(pair, self.resumed("unseen/run"))
            self.whole(pair, self.evaluation("unseen/scores"))
            left = pair.run(1, ["find", str(runs), "-type", "f"], capture_output=True, text=True).stdout.split()
        expect(not left, f"rank 1 wrote {left}")
        self.same_training("unseen/run")
        self.same_evaluation("unseen/scores")
        return "run folder never shown to rank 1: training, Ctrl-C, resume and evaluation gave the same bytes"

    def versions(self):
        """Other weights of the same name on one host."""
        shared = self.folder / "other"
        shared.mkdir()
        shutil.copy(BACKBONE, shared / "net.safetensors")
        changed = bytearray(BACKBONE.read_bytes())
        changed[-5] ^= 1
        (self.folder / "changed").write_bytes(changed)
        with hosts.Hosts() as pair:
            pair.run(1, ["mount", "--bind", str(self.folder / "changed"), str(shared / "net.safetensors")], check=True)
            start = time.monotonic()
            with self.start(pair, self.training("versions", backbone=shared / "net.safetensors")) as process:
                code = self.code_of(process)
            seconds, said = time.monotonic() - start, self.said()
        expect(code != 0 and "rank 1" in said and "fss-b" in said and "weights" in said.lower(), f"not named: {said[-600:]}")
        return f"one bit of weights differs on the host of rank 1: all ended after {seconds:.1f} s, before the first step"


CASES = ["same", "slow", "cut", "killed", "gone", "disk", "features", "clocks", "late", "unseen", "versions"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fss", required=True)
    parser.add_argument("--case", choices=CASES, action="append")
    parser.add_argument("--steps", type=int, default=60)
    options = parser.parse_args()
    lack = hosts.lacking()
    if lack:
        print(f"skipped: two hosts on one machine need {lack}")
        return 0
    torture, failed, begun = Torture(options), 0, time.monotonic()
    try:
        for words in (torture.training("one"), torture.evaluation("scores")):
            torture.alone(words)
        for name in options.case or CASES:
            start = time.monotonic()
            try:
                mark, words = "ok", getattr(torture, name)()
            except Wrong as wrong:
                mark, words, failed = "WRONG", str(wrong), failed + 1
            print(f"{mark:5} {name:9} {time.monotonic() - start:5.1f} s  {words}", flush=True)
        print(f"{failed} wrong, {time.monotonic() - begun:.0f} s")
    except Wrong as wrong:
        print(f"WRONG before the first case: {wrong}")
        failed += 1
    finally:
        os.chdir("/")
        shutil.rmtree(torture.folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
