"""Golden random numbers: torch's CPU generator and NumPy's legacy `RandomState`.

Writes `random.safetensors` into Tests/TensorCoreTests/Goldens.

    python Scripts/goldens/random_sources.py [folder]
"""

import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file

SEEDS = [0, 1, 42, 2**32 - 1]
SIZES = [1, 5, 15, 16, 17, 31, 100]


def main() -> None:
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Tests/TensorCoreTests/Goldens"
    tensors = {}
    for seed in SEEDS:
        for size in SIZES:
            torch.manual_seed(seed)
            tensors[f"randn/{seed}/{size}"] = torch.randn(size)
            torch.manual_seed(seed)
            tensors[f"rand/{seed}/{size}"] = torch.rand(size)
            state = np.random.RandomState(seed)
            tensors[f"permutation/{seed}/{size}"] = torch.from_numpy(state.permutation(size))
        state = np.random.RandomState(seed)
        picks = [int(state.choice(range(bound), 1, replace=False)[0]) for bound in (2, 7, 100, 999)]
        tensors[f"choice/{seed}"] = torch.tensor(picks)
    torch.manual_seed(7)
    # The odd request leaves half a pair behind, which outlives the larger requests.
    for step, size in enumerate([3, 20, 2, 16, 4]):
        tensors[f"sequence/{step}"] = torch.randn(size)
    tensors["sequence/rand"] = torch.rand(9)
    save_file(tensors, folder / "random.safetensors")
    print(f"{len(tensors)} tensors")


if __name__ == "__main__":
    main()
