"""Runs one function in PyTorch for every element type and keeps what a replay needs."""

import json
import pathlib
import zlib

import torch
from safetensors.torch import save_file

BOTH = ("float32", "bfloat16")
FLOAT32 = ("float32",)


class Recorder:
    """Collects cases.

    The bfloat16 variant of a case rounds the operands to bfloat16 and computes in float32: the value that a bfloat16
    kernel approximates.
    """

    def __init__(self):
        self.family = ""
        self.cases = []
        self.tensors = {}
        self.names = set()

    def add(self, operation, label, inputs, function, attributes=None, dtypes=BOTH, parameters=(), constants=()):
        """Records one case for every element type.

        inputs: tensors, or functions of a `Values` source that make them (so that no two cases share numbers).
        function: maps the inputs to one result or a tuple of results.
        parameters: positions of inputs that stay float32 (weights, biases).
        constants: positions of floating inputs that take no gradient.
        """
        for dtype in dtypes:
            name = f"{operation}/{label}/{dtype}"
            if name in self.names:
                raise ValueError(f"two cases are called {name}")
            self.names.add(name)
            values = Values(zlib.crc32(name.encode()), dtype)
            self._record(name, operation, values, inputs, function, attributes or {}, set(parameters), set(constants))

    def _record(self, name, operation, values, inputs, function, attributes, parameters, constants):
        stored, leaves = [], []
        for position, make in enumerate(inputs):
            value = make(values) if callable(make) else make
            rounds = values.dtype == "bfloat16" and value.is_floating_point() and position not in parameters
            stored.append(value.to(torch.bfloat16) if rounds else value)
            leaf = stored[-1].float() if value.is_floating_point() else value
            wants = leaf.is_floating_point() and position not in constants
            leaves.append(leaf.clone().requires_grad_(wants))
        results = function(*leaves)
        results = list(results) if isinstance(results, (tuple, list)) else [results]
        for position, value in enumerate(stored):
            self.tensors[f"{name}/in{position}"] = value.contiguous().clone()
        for position, result in enumerate(results):
            self.tensors[f"{name}/out{position}"] = result.detach().contiguous().clone()
        gradients, seeds = self._gradients(name, values, leaves, results)
        self.cases.append({
            "name": name, "family": self.family, "operation": operation, "dtype": values.dtype,
            "attributes": attributes, "inputs": len(inputs), "outputs": len(results), "gradients": gradients,
            "seeds": seeds,
        })

    def _gradients(self, name, values, leaves, results):
        flowing = [i for i, result in enumerate(results) if result.requires_grad]
        wanted = [i for i, leaf in enumerate(leaves) if leaf.requires_grad]
        if not flowing or not wanted:
            return [], []
        seeds = [values.normal(*results[i].shape) for i in flowing]
        if values.dtype == "bfloat16":
            seeds = [seed.to(torch.bfloat16).float() for seed in seeds]
        found = torch.autograd.grad(
            [results[i] for i in flowing], [leaves[i] for i in wanted], seeds, allow_unused=True)
        kept = [(i, gradient) for i, gradient in zip(wanted, found) if gradient is not None]
        for i, seed in zip(flowing, seeds):
            self.tensors[f"{name}/seed{i}"] = seed.contiguous()
        for i, gradient in kept:
            self.tensors[f"{name}/grad{i}"] = gradient.detach().contiguous().clone()
        return [i for i, _ in kept], flowing

    def write(self, folder: pathlib.Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        save_file(self.tensors, folder / "operations.safetensors")
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in self.cases)
        (folder / "operations.json").write_text(f"[\n{lines}\n]\n")


class Values:
    """Random operands of one case."""

    def __init__(self, seed: int, dtype: str):
        self.generator = torch.Generator().manual_seed(seed)
        self.dtype = dtype

    def normal(self, *shape, scale=1.0):
        return torch.randn(shape, generator=self.generator) * scale

    def uniform(self, *shape, low=0.0, high=1.0):
        return torch.rand(shape, generator=self.generator) * (high - low) + low

    def distinct(self, *shape):
        """Values that no two elements share, also after rounding to bfloat16 (at most 512 elements)."""
        count = 1
        for extent in shape:
            count *= extent
        if count > 512:
            raise ValueError("at most 512 values can be told apart")
        order = torch.randperm(count, generator=self.generator)
        # At most eight significant bits each.
        grid = torch.arange(-256, 256) / 64
        start = (512 - count) // 2
        return grid[start:start + count][order].reshape(shape).float()

    def integers(self, *shape, low=0, high=10, dtype=torch.int64):
        return torch.randint(low, high, shape, generator=self.generator).to(dtype)

    def booleans(self, *shape):
        return torch.rand(shape, generator=self.generator) < 0.5


def normal(*shape, scale=1.0):
    return lambda values: values.normal(*shape, scale=scale)


def uniform(*shape, low=0.0, high=1.0):
    return lambda values: values.uniform(*shape, low=low, high=high)


def distinct(*shape):
    return lambda values: values.distinct(*shape)


def integers(*shape, low=0, high=10, dtype=torch.int64):
    return lambda values: values.integers(*shape, low=low, high=high, dtype=dtype)


def booleans(*shape):
    return lambda values: values.booleans(*shape)


def channels_first(x):
    """[N, H, W, C] to torch's [N, C, H, W]."""
    return x.permute(0, 3, 1, 2)


def channels_last(x):
    """[N, C, H, W] to [N, H, W, C]."""
    return x.permute(0, 2, 3, 1)
