"""Golden conversions to float16, as torch rounds.

Writes `float16.safetensors` into Tests/TensorCoreTests/Goldens: numbers of every size, among them those halfway between two
float16 numbers and their neighbours in float32.

    python Scripts/goldens/float16.py [folder]
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file


def main() -> None:
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Tests/TensorCoreTests/Goldens"
    torch.manual_seed(0)
    spread = torch.randn(1000) * torch.exp2(torch.randint(-28, 18, (1000,)))
    bits = torch.randint(0, 0x7BFF, (500,), dtype=torch.int32)
    lower = bits.to(torch.int16).view(torch.float16).float()
    upper = (bits + 1).to(torch.int16).view(torch.float16).float()
    half = (lower + upper) / 2
    below, above = torch.nextafter(half, lower), torch.nextafter(half, upper)
    limits = torch.tensor([0.0, 2**-24, 2**-25, 2**-26, 2**-14, 65504.0, 65519.996, 65520.0, 1e30, 1e-40, float("inf")])
    numbers = torch.cat([spread, half, below, above, limits])
    numbers = torch.cat([numbers, -numbers])
    save_file({"numbers": numbers, "rounded": numbers.half()}, folder / "float16.safetensors")
    print(f"{numbers.numel()} numbers")


if __name__ == "__main__":
    main()
