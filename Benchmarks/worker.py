"""The PyTorch side of one measurement.

    worker.py prepare WORKLOAD float32|bfloat16 BATCH FOLDER                        writes inputs.safetensors
    worker.py eager|compiled|openvino WORKLOAD float32|bfloat16 BATCH FOLDER        writes results, then runs on demand

On standard input: `run SECONDS LEAST` answers the milliseconds of every repetition, at least LEAST, `peak` the process'
largest resident size in MB.
"""
import os
import pathlib
import shutil
import sys
import time

import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import generation  # noqa: E402
import workloads  # noqa: E402

KINDS = workloads.KINDS | generation.KINDS

answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)                                            # what libraries print must not look like an answer


def peak():
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return float(line.split()[1]) / 1024
    return None


def measured(work, seconds, least):
    times = []
    start = time.perf_counter()
    while len(times) < least or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        work.run()
        times.append((time.perf_counter() - before) * 1000)
    return times


def missing(engine):
    """Why this engine cannot run here, or None."""
    if engine == "compiled" and not shutil.which(os.environ.get("CXX", "g++")):
        return "torch.compile needs a C++ compiler: install g++"
    if engine == "openvino":
        try:
            import openvino  # noqa: F401
        except ImportError:
            return "OpenVINO is not installed"
    return None


def main():
    engine, name, precision, batch, folder = sys.argv[1:6]
    folder = pathlib.Path(folder)
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    kind = KINDS[name]
    if engine == "prepare":
        torch.manual_seed(0)
        tensors = kind.stored(int(batch), precision) if hasattr(kind, "stored") else kind.inputs(int(batch))
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "inputs.safetensors")
        if hasattr(kind, "write_files"):
            kind.write_files(folder)
        answers.write("ready\n")
        return
    reason = missing(engine)
    if reason:
        answers.write(f"unavailable {reason}\n")
        return
    path = folder / "inputs.safetensors"
    work = kind(workloads.Inputs(load_file(path), path), precision, engine)
    results = {name: tensor.detach().float().contiguous().clone() for name, tensor in work.outputs().items()}
    save_file(results, folder / f"{engine}.safetensors")
    del results
    answers.write("ready\n")
    for line in sys.stdin:
        words = line.split()
        if words[0] == "run":
            answers.write("times " + " ".join(map(str, measured(work, float(words[1]), int(words[2])))) + "\n")
        elif words[0] == "peak":
            answers.write(f"peak {peak() or 'unknown'}\n")


main()
