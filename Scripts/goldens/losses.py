"""Golden values and gradients of the losses.

Writes `losses.safetensors` into Tests/TensorCoreTests/Goldens: for every case `input`, `target`, `value` and `gradient`.
Class axes are last. Dice and focal loss, which torch has not, are computed here from their definitions in float64.

    python Scripts/goldens/losses.py [folder]
"""

import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file


def main() -> None:
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Tests/TensorCoreTests/Goldens"
    torch.manual_seed(11)
    tensors = {}

    def record(name, function, values, target, **others):
        leaf = values.clone().requires_grad_()
        value = function(leaf, target)
        value.backward()
        tensors[f"{name}/input"] = values.clone()
        tensors[f"{name}/target"] = target.clone()
        tensors[f"{name}/value"] = value.detach().float()
        tensors[f"{name}/gradient"] = leaf.grad
        tensors.update({f"{name}/{key}": other for key, other in others.items()})

    shape = (2, 5, 3)
    record("mse", F.mse_loss, torch.randn(shape), torch.randn(shape))
    record("l1", F.l1_loss, torch.randn(shape), torch.randn(shape))
    record("smooth-l1", F.smooth_l1_loss, torch.randn(shape) * 2, torch.randn(shape))
    record("smooth-l1-beta", lambda x, y: F.smooth_l1_loss(x, y, beta=0.25), torch.randn(shape), torch.randn(shape))
    record("bce", F.binary_cross_entropy_with_logits, torch.randn(shape) * 4, torch.rand(shape))
    # Logits where a naive logarithm of the sigmoid is infinite.
    extreme = torch.tensor([[-200.0, 200.0, -40.0], [40.0, 19.9, 20.1]])
    record("bce-extreme", F.binary_cross_entropy_with_logits, extreme, torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]))
    weight = torch.rand(shape) * 3
    record(
        "bce-weighted", lambda x, y: F.binary_cross_entropy_with_logits(x, y, weight=weight), torch.randn(shape),
        torch.rand(shape), weight=weight)

    logits = torch.randn(2, 4, 5, 6) * 3
    labels = torch.randint(0, 6, (2, 4, 5))
    ignoring = torch.where(torch.rand(2, 4, 5) < 0.3, torch.tensor(255), labels)

    def cross_entropy(**options):
        return lambda x, y: F.cross_entropy(x.flatten(0, -2), y.flatten(), **options)

    record("cross-entropy", cross_entropy(), logits, labels)
    record("cross-entropy-ignore", cross_entropy(ignore_index=255), logits, ignoring)
    record("cross-entropy-smoothing", cross_entropy(label_smoothing=0.1), logits, labels)
    record("cross-entropy-both", cross_entropy(ignore_index=255, label_smoothing=0.2), logits, ignoring)

    masks = (torch.rand(3, 4, 5) < 0.4).float()
    masks[1] = 0
    record("dice", dice, torch.rand(3, 4, 5), masks)
    record("focal", lambda x, y: focal(x, y, 0.25, 2.0), torch.randn(3, 4, 5) * 3, masks)
    record("focal-constants", lambda x, y: focal(x, y, 0.6, 1.5), torch.randn(3, 4, 5) * 2, masks)
    save_file(tensors, folder / "losses.safetensors")
    print(f"{len(tensors)} tensors")


def dice(probabilities, target):
    """1 - (2 |A B| + 1) / (|A| + |B| + 1) of each image, averaged."""
    p, y = probabilities.double(), target.double()
    scores = [(2 * (a * b).sum() + 1) / (a.sum() + b.sum() + 1) for a, b in zip(p, y)]
    return 1 - torch.stack(scores).mean()


def focal(logits, target, alpha, gamma):
    """-alpha_t (1 - p_t)^gamma log(p_t), Lin et al. 2017, equation 5."""
    p = torch.where(target > 0, logits.double().sigmoid(), (-logits.double()).sigmoid())
    balance = torch.where(target > 0, alpha, 1 - alpha)
    return (-balance * (1 - p) ** gamma * p.log()).mean()


if __name__ == "__main__":
    main()
