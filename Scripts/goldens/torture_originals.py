"""Small files of PyTorch and NumPy, sound and hostile, that Scripts/torture.sh damages.

Writes Tests/Torture/TorchOriginals.swift, which holds them in base 64.

    python Scripts/goldens/torture_originals.py [file]
"""

import argparse
import base64
import collections
import io
import os
import pathlib
import sys
import textwrap
import warnings
import zipfile

import numpy as np
import torch


class Hostile:
    """Would call a shell where a pickle is executed; that none is called is the matter of HostileCheckpointTests."""

    def __reduce__(self):
        return (os.system, ("true",))


class Small(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.visual = torch.nn.Linear(2, 3).half()
        self.register_buffer("scale", torch.ones(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.visual(x.half())


def packed(data: bytes) -> bytes:
    """The same records without the padding between them and without what is for debuggers."""
    source, target = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for entry in source.infolist():
            if not entry.filename.endswith(".debug_pkl"):
                archive.writestr(zipfile.ZipInfo(entry.filename), source.read(entry), entry.compress_type)
    return target.getvalue()


def saved(value: object, **options: object) -> bytes:
    target = io.BytesIO()
    torch.save(value, target, **options)
    return target.getvalue()


def numpy_file(write, *values: object, **named: object) -> bytes:
    target = io.BytesIO()
    write(target, *values, **named)
    return target.getvalue()


def originals() -> dict[str, list[bytes]]:
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4) / 7
    state = collections.OrderedDict(
        {
            "conv1.weight": base, "t": base.t(), "rows": base[1:], "half": torch.ones(2, dtype=torch.float16),
            "double": torch.ones(2, dtype=torch.float64), "short": torch.ones(2, dtype=torch.int16), "flag": torch.tensor([True]),
            "n.num_batches_tracked": torch.tensor(3), "p": torch.nn.Parameter(torch.ones(1)),
            "b": torch.ones(2, dtype=torch.bfloat16),
        }
    )
    around = {
        "epoch": 3, "optimizer": {"state": {0: {"m": torch.ones(2)}}}, "state_dict": state, "args": argparse.Namespace(lr=0.5),
    }
    cycle: dict[str, object] = {"w": base}
    cycle["self"] = cycle
    doubled: object = base
    for _ in range(30):
        doubled = {"a": doubled, "b": doubled}
    program = io.BytesIO()
    torch.jit.save(torch.jit.trace(Small(), torch.ones(1, 2)), program)
    arrays = {
        "w": np.arange(12, dtype=np.float32).reshape(3, 4), "c": np.asfortranarray(np.arange(6, dtype=np.float16).reshape(2, 3)),
        "i": np.arange(3),
    }
    old = {"_use_new_zipfile_serialization": False}
    return {
        "archives": [
            saved(around), packed(saved(state)), packed(saved({"model": state, "e": Hostile()})), packed(saved(cycle)),
            packed(saved(doubled)),
        ],
        "streams": [saved(around, **old), saved({"x": base, "e": Hostile()}, **old)],
        "programs": [packed(program.getvalue())],
        "arrays": [
            numpy_file(np.save, value)
            for value in [arrays["w"], np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.array([1, 2], np.int8), np.array([True])]
        ],
        "arrayArchives": [
            numpy_file(np.savez_compressed, **arrays), numpy_file(np.savez, **arrays),
            numpy_file(np.savez_compressed, w=np.zeros(1 << 20, np.float32)),
        ],
    }


def main() -> None:
    warnings.filterwarnings("ignore")
    root = pathlib.Path(__file__).resolve().parents[2]
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Tests/Torture/TorchOriginals.swift"
    lines = ["/// Files of PyTorch and NumPy, some of them hostile, in base 64: `Scripts/goldens/torture_originals.py` makes them."]
    lines.append("enum TorchOriginals {")
    for name, files in originals().items():
        lines.append(f"    static let {name} = [")
        for data in files:
            text = textwrap.wrap(base64.b64encode(data).decode(), 114)
            # A list of one has no comma behind it.
            lines += ['        """', *(f"        {line}" for line in text), '        """' + ("," if len(files) > 1 else "")]
        lines.append("    ]")
    path.write_text("\n".join([*lines, "}", ""]))
    print(path, len(lines), "lines")


if __name__ == "__main__":
    main()
