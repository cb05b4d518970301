"""Measures the library beside PyTorch: every engine in a process of its own, in turns, after their results were found equal.

    compare.py --swift PATH [--only NAME] [--quick] [--all-engines] [--rounds N] [--turn SECONDS] [--threads N] [--output FOLDER]
"""
import argparse
import json
import pathlib
import shutil
import sys
import tempfile

import report
import rows
from worker_process import Unavailable, Worker, WorkerFailed
from results import Difference, differences

HERE = pathlib.Path(__file__).resolve().parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--swift", required=True, help="the fss-bench executable")
    parser.add_argument("--only", default="", help="rows whose name or workload contains this; generators, whose workload begins with it")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], help="rows of one precision")
    parser.add_argument("--quick", action="store_true", help="3 short rounds, no torch.compile: whether it works, not how fast")
    parser.add_argument("--no-compile", action="store_true", help="leaves out torch.compile")
    parser.add_argument("--all-engines", action="store_true", help="torch.compile for generators, too (minutes each)")
    parser.add_argument("--rounds", type=int, default=9, help="turns of every engine; at most 5 of generators")
    parser.add_argument("--turn", type=float, default=1.0, help="seconds of a turn")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--output", type=pathlib.Path, help="folder of latest.json and latest.md; default: this one, none for a part of the rows")
    options = parser.parse_args()
    options.least = 1 if options.quick else 3
    if options.quick:
        options.rounds, options.turn, options.no_compile = 3, 0.2, True
    if options.output is None and not (options.quick or options.only or options.precision or options.no_compile):
        options.output = HERE
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
    return options


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def start(row, options, folder):
    """The engines that can run, ours first; why others cannot."""
    workers, reasons = {}, {}
    possible = row.engines + (row.slow_engines if options.all_engines else ())
    wanted = [e for e in possible if not (e == "compiled" and options.no_compile)]
    for engine in wanted:
        try:
            workers[engine] = Worker(engine, row, options.swift, options.threads, folder)
        except Unavailable as reason:
            reasons[engine] = str(reason)
            say(f"    {engine} left out: {reason}")
        except WorkerFailed as failure:
            if engine in ("ours", "eager"):
                for worker in workers.values():
                    worker.close()
                raise
            reasons[engine] = str(failure)
            say(f"    {engine} failed: {failure}")
    return workers, reasons


def measure(row, options):
    with tempfile.TemporaryDirectory(prefix="fss-bench-") as name:
        folder = pathlib.Path(name)
        check_room(row, folder)
        Worker.prepare(row, options.threads, folder)
        megabytes = (folder / "inputs.safetensors").stat().st_size / 2**20
        workers, reasons = start(row, options, folder)
        try:
            found = {}
            for engine in [name for name in workers if name != "ours"]:
                try:
                    found[engine] = differences(folder / "ours.safetensors", folder / f"{engine}.safetensors")
                    largest = found[engine].check(row.tolerance)
                except Difference as difference:
                    if engine == "eager":
                        raise
                    # Eager mode is the reference: an engine that leaves it is not timed, the others are.
                    found.pop(engine, None)
                    workers.pop(engine).close()
                    reasons[engine] = str(difference)
                    say(f"    {engine} left out: {difference}")
                else:
                    say(f"    {engine}: equal to {largest:.1e} ({found[engine].worst}), tolerance {row.tolerance:.0e}")
            turns = alternate(workers, row, options)
            peaks = {engine: worker.peak() for engine, worker in workers.items()}
        finally:
            for worker in workers.values():
                worker.close()
    return report.entry(row, turns, peaks, megabytes, {e: d.largest for e, d in found.items()}, reasons)


def check_room(row, folder):
    """Stops a row whose files do not fit, before they are made."""
    free = shutil.disk_usage(folder).free / 1e9
    if free < row.gigabytes:
        raise WorkerFailed(
            f"its weights take {row.gigabytes:g} GB, {folder.parent} has {free:.1f}: set TMPDIR to a folder of a disk with room")


def alternate(workers, row, options):
    """A, B, C, then B, C, A, and so on: one turn each a round, so that all meet the same machine."""
    names = list(workers)
    turns = {name: [] for name in names}
    rounds, least = (min(options.rounds, 5), 1) if row.on_demand else (options.rounds, options.least)
    for index in range(rounds + 1):
        for offset in range(len(names)):
            name = names[(index + offset) % len(names)]
            times = workers[name].run(options.turn if index else 0, least if index else 1)
            if index:                                   # the round before the first warms caches and thread pools
                turns[name].append(times)
    return turns


def main():
    options = arguments()
    chosen = [row for row in rows.ROWS if row.matches(options.only) and options.precision in (None, row.precision)]
    if not chosen:
        sys.exit(f"no row matches {options.only!r}; there are: " + ", ".join(sorted({row.workload for row in rows.ROWS})))
    entries, failed = [], []
    for row in chosen:
        say(f"{row.title} ...")
        try:
            entries.append(measure(row, options))
            say("    " + report.line(entries[-1]))
        except (WorkerFailed, Difference) as failure:
            failed.append(row.title)
            say(f"    NOT MEASURED: {failure}")
    text = report.markdown(entries, options, HERE)
    print(text)
    if options.output:
        report.write(options.output / "latest.json", json.dumps(entries, indent=2) + "\n")
        report.write(options.output / "latest.md", text)
    if failed:
        sys.exit("not measured: " + "; ".join(failed))


main()
