"""Checkpoints as PyTorch, TorchScript and NumPy write them, and the same tensors as safetensors.

Writes into the folder Checkpoints of Tests/TensorCoreTests/Goldens:

- `state.pth`, `state-legacy.pth`: one state dict of every type, with views that share a storage, around it what training scripts save,
- `parallel.pth`: a bare state dict of `DataParallel`,
- `script.pt`: a traced module of half and single precision,
- `arrays.npz`, `packed.npz`, `rows.npy`, `columns.npy`: arrays stored, compressed and in both orders,
- `state.safetensors`, `script.safetensors`, `arrays.safetensors`: what they hold (float64 as float32, int16 and int8 as int32).

    python Scripts/goldens/checkpoint_formats.py [folder]
"""

import argparse
import collections
import pathlib
import sys
import zipfile

import numpy as np
import torch
from safetensors.torch import save_file


def state() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    base = torch.randn(6, 4, generator=generator)
    return collections.OrderedDict(
        {
            "layer.weight": base,
            "layer.transposed": base.t(),
            "layer.rows": base[2:5],
            "layer.columns": base[:, 1:3],
            "layer.every_second": base[::2, ::3],
            "layer.expanded": base[0, :1].expand(3, 5),
            "layer.channels_last": torch.randn(2, 3, 4, 5, generator=generator).to(memory_format=torch.channels_last),
            "double": torch.tensor([1.5, -0.1, 1e300, 1e-50], dtype=torch.float64),
            "half": torch.tensor([1.0, -0.333251953125, 65504.0, 6e-8], dtype=torch.float16),
            "brain": torch.tensor([[1.0, -3.140625], [3.3895e38, 0.0]], dtype=torch.bfloat16),
            "long": torch.tensor([-(2**63), 2**63 - 1, 7]),
            "int": torch.tensor([[-(2**31), 2**31 - 1]], dtype=torch.int32),
            "short": torch.tensor([-(2**15), 2**15 - 1], dtype=torch.int16),
            "char": torch.tensor([-128, 127, 0], dtype=torch.int8),
            "byte": torch.tensor([0, 127, 255], dtype=torch.uint8),
            "flags": torch.tensor([True, False, True]),
            "num_batches_tracked": torch.tensor(12345),
            "empty": torch.zeros(0, 3),
            "parameter": torch.nn.Parameter(torch.tensor([0.25, -0.75])),
        }
    )


def stored(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors in the types that they are read as, each on its own."""
    types = {torch.float64: torch.float32, torch.int16: torch.int32, torch.int8: torch.int32}
    return {
        name: tensor.detach().to(types.get(tensor.dtype, tensor.dtype)).clone(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }


class Small(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.visual = torch.nn.Sequential(torch.nn.Linear(3, 4).half(), torch.nn.LayerNorm(4))
        self.register_buffer("scale", torch.tensor(2.5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.visual[1](self.visual[0](x.half()).float()) * self.scale + torch.tensor([1.0, 2.0, 3.0, 4.0])


def main() -> None:
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Tests/TensorCoreTests/Goldens"
    folder = folder / "Checkpoints"
    folder.mkdir(exist_ok=True)
    tensors = state()
    save_file(stored(tensors), folder / "state.safetensors")
    momentum = {"state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.ones(2)}}, "param_groups": [{"lr": 0.1, "params": [0]}]}
    around = {
        "epoch": 70000, "optimizer": momentum, "state_dict": tensors, "args": argparse.Namespace(lr=0.5, flag=None),
        "score": np.float64(0.25),
    }
    torch.save(around, folder / "state.pth")
    torch.save(around, folder / "state-legacy.pth", _use_new_zipfile_serialization=False)
    torch.save({f"module.{name}": tensor for name, tensor in tensors.items()}, folder / "parallel.pth")

    torch.manual_seed(7)
    module = Small().eval()
    with torch.no_grad():
        torch.jit.save(torch.jit.trace(module, torch.ones(2, 3)), folder / "script.pt")
    save_file(stored(module.state_dict()), folder / "script.safetensors")

    arrays = {name.replace(".", "_"): value.detach().numpy() for name, value in tensors.items() if value.dtype != torch.bfloat16}
    arrays["fortran"] = np.asfortranarray(np.arange(24, dtype=np.float32).reshape(2, 3, 4))
    np.savez(folder / "arrays.npz", **arrays)
    np.savez_compressed(folder / "packed.npz", **arrays)
    rows = np.arange(12, dtype=np.float32).reshape(3, 4) / 7
    np.save(folder / "rows.npy", rows)
    np.save(folder / "columns.npy", np.asfortranarray(rows))
    save_file(stored({name: torch.from_numpy(np.array(value)) for name, value in arrays.items()}), folder / "arrays.safetensors")
    for path in sorted(folder.iterdir()):
        print(path.name, path.stat().st_size, zipfile.is_zipfile(path))


if __name__ == "__main__":
    main()
