"""Golden trajectories of torch's optimizers, and of gradient clipping.

Writes `optimizers.safetensors` into Tests/TensorCoreTests/Goldens: the first values and the gradients, which every
trajectory shares, and the values after each step.

    python Scripts/goldens/optimizers.py [folder]
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file

STEPS = 10
CASES = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgd-momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "sgd-nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "sgd-decay": lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.05),
    "sgd-all": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.01),
    "adam": lambda p: torch.optim.Adam(p, lr=1e-2),
    "adam-decay": lambda p: torch.optim.Adam(p, lr=1e-2, weight_decay=0.1),
    "adam-constants": lambda p: torch.optim.Adam(p, lr=3e-2, betas=(0.7, 0.95), eps=1e-3),
    "adamw": lambda p: torch.optim.AdamW(p, lr=1e-2),
    "adamw-decay": lambda p: torch.optim.AdamW(p, lr=1e-2, weight_decay=0.3),
}


def main() -> None:
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Tests/TensorCoreTests/Goldens"
    torch.manual_seed(3)
    start = {"weight": torch.randn(3, 4), "bias": torch.randn(3)}
    gradients = {name: torch.randn(STEPS, *value.shape) for name, value in start.items()}
    # Gradients of very different sizes, and one that is exactly zero.
    gradients["weight"][:, 0] *= 1e-4
    gradients["weight"][:, 1] *= 50
    gradients["bias"][:, 2] = 0
    tensors = {f"start/{name}": value for name, value in start.items()}
    tensors |= {f"gradient/{name}": value for name, value in gradients.items()}
    for case, make in CASES.items():
        for name, value in trajectory(make, start, gradients).items():
            tensors[f"{case}/{name}"] = value
    clipped(tensors, start, gradients)
    tensors["schedule/cosine"] = torch.tensor(rates(lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 20, 0.05)))
    tensors["schedule/polynomial"] = torch.tensor(rates(lambda o: torch.optim.lr_scheduler.PolynomialLR(o, 20, 0.9)))
    tensors["schedule/steps"] = torch.tensor(rates(lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [5, 12], 0.1)))
    save_file(tensors, folder / "optimizers.safetensors")
    print(f"{len(tensors)} tensors")


def trajectory(make, start, gradients):
    parameters = {name: value.clone().requires_grad_() for name, value in start.items()}
    optimizer = make(parameters.values())
    values = {name: [] for name in parameters}
    for step in range(STEPS):
        for name, parameter in parameters.items():
            parameter.grad = gradients[name][step].clone()
        optimizer.step()
        for name, parameter in parameters.items():
            values[name].append(parameter.detach().clone())
    return {name: torch.stack(list(steps)) for name, steps in values.items()}


def clipped(tensors, start, gradients):
    """One plain step after `clip_grad_norm_`, with a limit that binds and one that does not."""
    for limit in (1.0, 1e6):
        parameters = {name: value.clone().requires_grad_() for name, value in start.items()}
        for name, parameter in parameters.items():
            parameter.grad = gradients[name][0].clone()
        norm = torch.nn.utils.clip_grad_norm_(parameters.values(), limit)
        torch.optim.SGD(parameters.values(), lr=0.5).step()
        tensors[f"clip/{limit:g}/norm"] = norm.detach()
        for name, parameter in parameters.items():
            tensors[f"clip/{limit:g}/{name}"] = parameter.detach().clone()


def rates(make):
    """The rate of each of 20 steps at base rate 0.8."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.8)
    schedule = make(optimizer)
    result = []
    for _ in range(20):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return result


if __name__ == "__main__":
    main()
