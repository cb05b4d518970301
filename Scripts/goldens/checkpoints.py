"""Checkpoints as Python's safetensors writes them.

Writes `checkpoints.safetensors` (types that TensorCore has) and `checkpoints-half.safetensors` (float16) into Tests/TensorCoreTests/Goldens.

    python Scripts/goldens/checkpoints.py [folder]
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file


def main() -> None:
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Tests/TensorCoreTests/Goldens"
    tensors = {
        "layer.weight": torch.tensor([[1.5, -2.0, 3e-8], [4.0, float("inf"), -0.0]]),
        "layer.bias": torch.tensor([0.25, -0.75]),
        "brain": torch.tensor([[1.0, -3.140625], [3.3895e38, 0.0]], dtype=torch.bfloat16),
        "small": torch.tensor([[-(2**31), 2**31 - 1]], dtype=torch.int32),
        "large": torch.tensor([-(2**63), 2**63 - 1, 7]),
        "bytes": torch.tensor([0, 127, 255], dtype=torch.uint8),
        "flags": torch.tensor([True, False, True]),
        "scalar": torch.tensor(-7.25),
        "empty": torch.zeros(0, 3),
        "naïve \"quoted\" \\ key\n": torch.tensor([1], dtype=torch.uint8),
    }
    save_file(tensors, folder / "checkpoints.safetensors", metadata={"format": "pt"})
    half = torch.tensor([1.0, -0.333251953125, 65504.0, 6e-8, -1e-4, float("inf"), -0.0], dtype=torch.float16)
    save_file({"half": half, "widened": half.float()}, folder / "checkpoints-half.safetensors")
    print(f"{len(tensors) + 2} tensors")


if __name__ == "__main__":
    main()
