"""Golden of BAFT's distances and affinities: NumPy in double precision on formula features.

python Scripts/goldens/priors.py Tests/SegModelsTests/Goldens
"""

import pathlib
import sys

import numpy as np
from safetensors.numpy import save_file

from backbones import uniform


def features(name, pixels, channels):
    return 2 * uniform(name, pixels * channels).reshape(pixels, channels) - 1


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def main():
    query, prototypes = features("query", 20, 6), features("prototypes", 3, 6)
    out = {}
    for prefix, p, q in [("", unit(prototypes), unit(query)), ("plain-", prototypes, query)]:
        difference = p[:, None] - q[None]
        for metric, distance in [("l1", np.abs(difference).sum(2)), ("l2", np.sqrt((difference**2).sum(2)))]:
            out[f"{prefix}{metric}-reciprocal"] = 2 / (1 + distance) - 1
            out[f"{prefix}{metric}-exponential"] = 2 * np.exp(-distance) - 1
    for name, rows in [("plain", unit(query)), ("centred", unit(query - query.mean(0)))]:
        cosines = rows @ rows.T
        cut = np.maximum(cosines, 0)
        out[f"affinity-{name}-raw-negatives"] = cosines
        out[f"affinity-{name}-raw"] = cut
        for power in (1, 2, 3):
            powered = cut**power
            out[f"affinity-{name}-rows-{power}"] = powered / powered.sum(1, keepdims=True)
            out[f"affinity-{name}-mean-{power}"] = powered / len(query)
        for label, logits in [("negatives", cosines / 0.2), ("cut", cut / 0.2)]:
            shifted = np.exp(logits - logits.max(1, keepdims=True))
            out[f"affinity-{name}-softmax-{label}"] = shifted / shifted.sum(1, keepdims=True)
    save_file({name: value.astype(np.float32) for name, value in out.items()}, pathlib.Path(sys.argv[1]) / "priors.safetensors")


if __name__ == "__main__":
    main()
