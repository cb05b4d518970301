"""Golden values of every tensor operation, computed by PyTorch.

Writes `operations.safetensors` (inputs, outputs, output gradients, input gradients) and `operations.json` (the list of
cases) into Tests/TensorCoreTests/Goldens. Images are channels-last, `[N, H, W, C]`; weights have torch's layouts.

    python Scripts/goldens/operations.py [folder]
"""

import pathlib
import sys

from operation_cases import (
    attention, convolution, elementwise, losses, movement, normalization, pooling, products, reductions, resizing,
    types,
)
from operation_cases.recorder import Recorder

FAMILIES = [
    elementwise, types, reductions, movement, products, attention, convolution, pooling, resizing, normalization,
    losses,
]


def main() -> None:
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Tests/TensorCoreTests/Goldens"
    recorder = Recorder()
    for family in FAMILIES:
        recorder.family = family.__name__.rsplit(".", 1)[-1]
        family.record(recorder)
    recorder.write(folder)
    print(f"{len(recorder.cases)} cases, {len({c['operation'] for c in recorder.cases})} operations")


if __name__ == "__main__":
    main()
