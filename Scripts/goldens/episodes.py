"""Prints hashes of test episodes, drawn in Python with NumPy's generator, for ProtocolTests.

Usage: episodes.py [folder of HSNet's trn.txt, val.txt and test.txt of FSS-1000]

Without a folder it prints, for every named protocol, the digest of what it decides and the hash of its episodes of a small list.
"""

import hashlib
import sys
from pathlib import Path

import numpy


def digest(lines):
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


class Random:
    """NumPy's legacy bounded draws, by masked rejection from its 32-bit words."""

    def __init__(self, seed):
        self.state, self.words = numpy.random.RandomState(seed), []

    def interval(self, maximum):
        if maximum == 0:
            return 0
        while True:
            if not self.words:
                self.words = self.state.randint(0, 2**32, size=4096, dtype=numpy.uint32).tolist()[::-1]
            value = self.words.pop() & ((1 << maximum.bit_length()) - 1)
            if value <= maximum:
                return value

    def permutation(self, count):
        order = list(range(count))
        for place in range(count - 1, 0, -1):
            other = self.interval(place)
            order[place], order[other] = order[other], order[place]
        return order


assert Random(5).permutation(20) == numpy.random.RandomState(5).permutation(20).tolist()


class List:
    """24 images of three classes; every fourth has a second one."""

    def __init__(self):
        self.items = []
        for index in range(24):
            self.items.append((f"image{index}", index % 3 + 1))
            if index % 4 == 0:
                self.items.append((f"image{index}", (index + 1) % 3 + 1))
        self.images = list(dict.fromkeys(image for image, _ in self.items))
        self.pools = {c: [image for image, own in self.items if own == c] for c in (1, 2, 3)}

    def distinct(self, label, used, count, random):
        candidates = [image for image in self.pools[label] if image not in used]
        for place in range(count):
            other = place + random.interval(len(candidates) - 1 - place)
            candidates[place], candidates[other] = candidates[other], candidates[place]
        return candidates[:count]

    def repeating(self, label, query, count, random):
        supports = []
        while len(supports) < count:
            image = self.pools[label][random.permutation(len(self.pools[label]))[0]]
            if image != query:
                supports.append(image)
        return supports

    def episodes(self, sampling, count, seed, shots=2):
        random, lines, order = Random(seed), [], []
        by_file = sorted(self.items, key=lambda item: item[0].encode())
        for index in range(count):
            query, label = (by_file if sampling == "hsnet-fss" else self.items)[index % len(self.items)]
            if sampling == "hsnet-coco":
                label = 1 + random.permutation(3)[0]
                query = self.pools[label][random.permutation(len(self.pools[label]))[0]]
            if sampling == "class-uniform":
                label = 1 + random.interval(2)
                query, *supports = self.distinct(label, [], shots + 1, random)
            elif sampling == "image-shuffle":
                if index % len(self.images) == 0:
                    order = random.permutation(len(self.images))
                query = self.images[order[index % len(self.images)]]
                own = [c for image, c in self.items if image == query]
                label = own[random.interval(len(own) - 1)]
                supports = self.distinct(label, [query], shots, random)
            elif sampling == "voc-uniform":
                supports = self.distinct(label, [query], shots, random)
            else:
                supports = self.repeating(label, query, shots, random)
            lines.append(" ".join([query, str(label)] + supports))
        return lines


VOID = "void pixels of the query do not count; void in supports is background"
ALL = "all pixels count"
PROTOCOLS = [
    ("voc-uniform", "voc-uniform", "original", VOID, 1000, 1, {}),
    ("hsnet", "hsnet", "square-400", VOID, 1000, 1, {}),
    ("hsnet-coco", "hsnet-coco", "square-400", ALL, 1000, 1, {}),
    ("hsnet-fss", "hsnet-fss", "square-400", ALL, 2400, 1, {}),
    ("pgma", "hsnet", "square-384", VOID, 1000, 1, {}),
    ("pgma-coco", "hsnet-coco", "square-384", ALL, 1000, 1, {}),
    ("label-anything", "class-uniform", "original", VOID, 1000, 1, {}),
    (
        "label-anything-coco", "class-uniform", "original", ALL, 1000, 1,
        {"crowds": "drop", "min-annotation-area": "2048", "min-pixels": "1"},
    ),
    ("bam", "image-shuffle", "original", VOID, 1000, 5, {}),
    ("wide", "image-shuffle", "original", VOID, 5000, 3, {}),
    ("wide-coco", "image-shuffle", "original", ALL, 10000, 3, {}),
]


def print_protocols():
    for name, sampling, space, ignored, count, repeats, options in PROTOCOLS:
        decided = [
            f"{sampling} version 1", "version 1", f"sampling {sampling}", "supports as-drawn", f"space {space}",
            f"ignore rule: {ignored}", f"episodes {count}", f"repeats {repeats}", "seed 0", "threshold 0.5",
        ]
        decided += [f"dataset option {key} {value}" for key, value in sorted(options.items())]
        lines = [line for seed in range(repeats) for line in List().episodes(sampling, count, seed)]
        print(name, digest(decided), digest(lines))


def print_fss(folder):
    names = {part: (folder / f"{part}.txt").read_text().split() for part in ("trn", "val", "test")}
    numbers = {name: index + 1 for index, name in enumerate(names["trn"] + names["val"] + names["test"])}
    for part in ("test", "val"):
        for shots in (1, 5):
            numpy.random.seed(0)
            lines = []
            for name in sorted(names[part]):
                for file in sorted(f"{number}.jpg" for number in range(1, 11)):
                    query, supports = file[:-4], []
                    while len(supports) < shots:
                        drawn = str(numpy.random.choice(range(1, 11), 1, replace=False)[0])
                        if drawn != query:
                            supports.append(drawn)
                    lines.append(" ".join([f"{name}/{query}", str(numbers[name])] + [f"{name}/{n}" for n in supports]))
            print(part, shots, len(lines), digest(lines))


if len(sys.argv) > 1:
    print_fss(Path(sys.argv[1]))
else:
    print_protocols()
