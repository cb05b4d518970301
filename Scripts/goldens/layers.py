"""Golden results, gradients and statistics of torch's layers.

Writes `layers.safetensors` into Tests/TensorCoreTests/Goldens: for every case `state/...` (the layer's parameters),
`input...`, `output`, `seed` (the gradient of the output) and `gradient/...`. Images are channels-last, weights have torch's
layouts.

    python Scripts/goldens/layers.py [folder]
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file
from torch import nn

tensors = {}


def main() -> None:
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Tests/TensorCoreTests/Goldens"
    torch.manual_seed(5)
    record("linear", nn.Linear(5, 7), [torch.randn(2, 3, 5)])
    record("linear-plain", nn.Linear(5, 7, bias=False), [torch.randn(4, 5)])
    images = torch.randn(2, 9, 8, 4)
    record("conv2d", nn.Conv2d(4, 6, 3, padding=1), [images], channels_last)
    options = dict(stride=2, padding=(2, 1), dilation=(2, 1), groups=2)
    record("conv2d-options", nn.Conv2d(4, 6, (3, 2), **options), [images], channels_last)
    record("conv2d-pointwise", nn.Conv2d(4, 3, 1, bias=False), [images], channels_last)
    record("conv-transpose2d", nn.ConvTranspose2d(4, 6, 4, stride=2, padding=1), [images], channels_last)
    record("conv-transpose2d-groups", nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, groups=2), [images], channels_last)
    record("group-norm", perturbed(nn.GroupNorm(2, 6)), [torch.randn(2, 4, 5, 6) * 2 + 1], channels_last)
    record("layer-norm", perturbed(nn.LayerNorm(6)), [torch.randn(2, 5, 6) * 2 + 1])
    record("rms-norm", perturbed(nn.RMSNorm(6, eps=1e-6)), [torch.randn(2, 5, 6) * 2])
    record("embedding", nn.Embedding(9, 4), [torch.tensor([[1, 8, 1], [0, 3, 1]])])
    batch_norm()
    attention()
    save_file(tensors, folder / "layers.safetensors")
    print(f"{len(tensors)} tensors")


def plain(layer, *inputs):
    return layer(*inputs)


def channels_last(layer, x):
    return layer(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def perturbed(layer):
    """Norm layers begin as ones and zeros, which would hide mistakes."""
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return layer


def keep(name, value):
    tensors[name] = value.detach().contiguous().clone()


def record(name, layer, inputs, call=plain):
    for key, value in layer.state_dict().items():
        if not key.endswith("num_batches_tracked"):
            keep(f"{name}/state/{key}", value)
    leaves = [value.clone().requires_grad_() if value.is_floating_point() else value for value in inputs]
    output = call(layer, *leaves)
    seed = torch.randn_like(output)
    layer.zero_grad()
    output.backward(seed)
    keep(f"{name}/output", output)
    keep(f"{name}/seed", seed)
    for position, leaf in enumerate(leaves):
        keep(f"{name}/input{position}", leaf)
        if leaf.grad is not None:
            keep(f"{name}/gradient/input{position}", leaf.grad)
    for key, parameter in layer.named_parameters():
        keep(f"{name}/gradient/{key}", parameter.grad)


def batch_norm():
    """Two training batches, then one in evaluation."""
    layer = perturbed(nn.BatchNorm2d(4))
    record("batch-norm-train", layer, [torch.randn(3, 4, 5, 4) * 2 + 1], channels_last)
    keep("batch-norm-train/after/running_mean", layer.running_mean)
    keep("batch-norm-train/after/running_var", layer.running_var)
    layer.eval()
    record("batch-norm-eval", layer, [torch.randn(2, 3, 3, 4) - 0.5], channels_last)


class Attention(nn.Module):
    """`nn.MultiheadAttention` with its input projection under separate names."""

    def __init__(self, width, heads, context, bias):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width, bias=bias)
        self.to_k = nn.Linear(context, width, bias=bias)
        self.to_v = nn.Linear(context, width, bias=bias)
        self.to_out = nn.Linear(width, width)

    def forward(self, x, context=None, mask=None):
        context = x if context is None else context
        projected = torch.cat([torch.zeros_like(self.to_q.weight[:, 0])] * 3)
        if self.to_q.bias is not None:
            projected = torch.cat([self.to_q.bias, self.to_k.bias, self.to_v.bias])
        result, _ = nn.functional.multi_head_attention_forward(
            x.transpose(0, 1), context.transpose(0, 1), context.transpose(0, 1), x.shape[-1], self.heads, None,
            projected, None, None, False, 0.0, self.to_out.weight, self.to_out.bias, need_weights=False,
            use_separate_proj_weight=True, q_proj_weight=self.to_q.weight, k_proj_weight=self.to_k.weight,
            v_proj_weight=self.to_v.weight, attn_mask=mask)
        return result.transpose(0, 1)


def attention():
    record("attention-self", Attention(8, 2, 8, True), [torch.randn(2, 5, 8)])
    record("attention-cross", Attention(8, 4, 6, False), [torch.randn(2, 5, 8), torch.randn(2, 3, 6)])
    mask = torch.randn(5, 5)
    keep("attention-bias/mask", mask)
    record("attention-bias", Attention(8, 2, 8, False), [torch.randn(2, 5, 8)], lambda layer, x: layer(x, mask=mask))


if __name__ == "__main__":
    main()
