"""Whether two engines computed the same."""
import numpy as np
from safetensors.numpy import load_file


class Difference(Exception):
    """The engines disagree: there is nothing to time."""


class Differences:
    def __init__(self, byName):
        self.byName = byName
        self.worst = max(byName, key=byName.get)
        self.largest = byName[self.worst]

    def check(self, tolerance):
        if not self.largest <= tolerance:
            raise Difference(f"results differ: {self.worst} by {self.largest:.1e}, at most {tolerance:.0e}")
        return self.largest


def differences(ours, theirs):
    """The L2 norm of the difference by that of the reference around its mean, tensor by tensor; all gradients count as one."""
    a, b = load_file(ours), load_file(theirs)
    if a.keys() != b.keys():
        raise Difference(f"results have other names: {sorted(a.keys() ^ b.keys())}")
    for name in a:
        if a[name].shape != b[name].shape:
            raise Difference(f"{name} is {a[name].shape} here and {b[name].shape} there")
    byName = {name: relative(a[name], b[name]) for name in a if not name.startswith("gradient.")}
    gradients = [name for name in sorted(a) if name.startswith("gradient.")]
    if gradients:
        byName["gradients"] = relative(*(np.concatenate([side[name].ravel() for name in gradients]) for side in (a, b)))
    return Differences(byName)


def relative(mine, reference):
    mine, reference = mine.astype(np.float64), reference.astype(np.float64)
    spread = np.linalg.norm(reference - reference.mean())
    return float(np.linalg.norm(mine - reference) / max(spread, 1e-30))
