"""The loop of `fss predict` in PyTorch: photos a second over a folder for some concepts, loading left out.

    loop.py FOLDER BACKBONE CONCEPTS float32|bfloat16 [--compiled] [--threads N] [--out FOLDER] [--decoder FILE] [--all-files]

A JPEG is decoded ahead, resized to 320 x 320 and given to ResNet-50 once; for every concept priors, conditions and the decoder with its
ensemble of five in two steps follow, then the mask is resized to the photo's size. The mask of all concepts is written as a PNG; with
--all-files also what else the command writes: probabilities (PNG, one a concept) and the overlay (JPEG). BACKBONE is NAME=WEIGHTS with the
weights under torchvision's names: resnet50-torchvision, or resnet50-v1-caffe. It prints a line as `fss-bench predict` does: concepts,
precision, photos a second, peak memory in megabytes. Concepts are the boxes of `fss-bench predict`.
"""
import argparse
import concurrent.futures
import pathlib
import resource
import sys
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "twin")]
import priors  # noqa: E402
import sampling  # noqa: E402
from resnet import ResNet50  # noqa: E402
from uqdd import UQDD  # noqa: E402
from workloads import DECODER, TYPES, compiled, inference, loaded  # noqa: E402

SHIPPED = HERE.parents[1] / "Sources/Diffusion/Resources/photos/decoder.safetensors"
SIDE, RESOLUTION, ENSEMBLE, STEPS, AHEAD = 320, 64, 5, 2, 2
SUFFIXES = {".jpg", ".jpeg", ".png"}
THRESHOLD = 0.5


class CaffeResNet50(ResNet50):
    """The first version: the stride in conv1, pixels in BGR less their mean."""

    def __init__(self, layers):
        super().__init__(layers)
        for layer in (self.layer2, self.layer3):
            layer[0].conv1.stride, layer[0].conv2.stride = (2, 2), (1, 1)
        self.register_buffer("mean", torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1), persistent=False)

    def stem(self, pixels):
        x = (pixels.flip(1).float() - self.mean.float()).to(self.conv1.weight.dtype)
        return self.maxpool(self.relu(self.bn1(self.conv1(x))))


NETWORKS = {"resnet50-torchvision": ResNet50, "resnet50-v1-caffe": CaffeResNet50}


def tensor_of(image):
    """A photo as uint8 NCHW in channels_last memory."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)[None]


def square(image):
    return tensor_of(image.resize((SIDE, SIDE), Image.BILINEAR))


def canny(dx, dy, low=100, high=200):
    """cv2.Canny of aperture 3 and the L1 norm, of derivatives."""
    magnitude = np.abs(dx) + np.abs(dy)
    padded = np.pad(magnitude, 1)

    def at(row, column):
        return padded[1 + row:padded.shape[0] - 1 + row, 1 + column:padded.shape[1] - 1 + column]

    x, y = np.abs(dx), np.abs(dy) << 15
    tangent = x * 13573
    level, upright = y < tangent, y > tangent + (x << 16)
    falling = (dx ^ dy) < 0
    across = (magnitude > at(0, -1)) & (magnitude >= at(0, 1))
    along = (magnitude > at(-1, 0)) & (magnitude >= at(1, 0))
    one = (magnitude > at(-1, -1)) & (magnitude > at(1, 1))
    other = (magnitude > at(-1, 1)) & (magnitude > at(1, -1))
    kept = np.where(level, across, np.where(upright, along, np.where(falling, other, one))) & (magnitude > low)
    edges = kept & (magnitude > high)
    while True:
        wide = np.pad(edges, 1)
        rows = wide[:-2] | wide[1:-1] | wide[2:]
        grown = (rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]) & kept
        if (grown == edges).all():
            return edges
        edges = grown


def information(image):
    """Colours at the decoder's resolution and the two edge maps at twice that."""
    fine = F.adaptive_avg_pool2d(tensor_of(image).float(), 2 * RESOLUTION)
    red, green, blue = fine[0].numpy()
    grey = np.rint(0.299 * red + 0.587 * green + 0.114 * blue).clip(0, 255).astype(np.int64)
    wide = np.pad(grey, 1, mode="edge")
    rows = wide[:-2] + 2 * wide[1:-1] + wide[2:]
    columns = wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]
    dx, dy = rows[:, 2:] - rows[:, :-2], columns[2:] - columns[:-2]
    sobel = np.sqrt((dx * dx + dy * dy).astype(np.float32))
    sobel /= max(sobel.max(), 1e-12)
    edges = torch.from_numpy(np.stack([sobel, canny(dx, dy)]).astype(np.float32))[None]
    return F.adaptive_avg_pool2d(fine, RESOLUTION) / 127.5 - 1, edges


class Model:
    def __init__(self, backbone, decoder, precision, engine):
        name, weights = backbone.split("=", 1)
        self.type = TYPES[precision]
        known = {key: value for key, value in load_file(weights).items() if not key.startswith(("layer4.", "fc."))}
        known = {key: value for key, value in known.items() if "num_batches" not in key}
        network = loaded(NETWORKS[name](3), known).eval().to(memory_format=torch.channels_last)
        self.features = compiled(network.to(self.type).features, engine)
        state = {key.removeprefix("decoder."): value for key, value in load_file(decoder).items() if key.startswith("decoder.")}
        # The names of the parts are encoder and decoder, too: one prefix is the file's.
        self.network = loaded(UQDD(DECODER), state).eval().to(memory_format=torch.channels_last).lowered(self.type)
        self.decode = compiled(self.network.forward, engine)
        self.precompute = compiled(self.network.precompute, engine)
        self.noise = torch.randn(ENSEMBLE, 1, RESOLUTION, RESOLUTION, generator=torch.Generator().manual_seed(0))

    def prototypes(self, image, box):
        """Of the photo, its mirror image and two crops around the box."""
        marked = torch.zeros(1, 1, image.height, image.width)
        marked[..., box[1]:box[3], box[0]:box[2]] = 1
        windows = [self.window(box, scale, image) for scale in (2.5, 1.5)]
        views = [image, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)] + [image.crop(window) for window in windows]
        masks = [marked, marked.flip(3)] + [marked[..., y0:y1, x0:x1] for x0, y0, x1, y1 in windows]
        pooled = []
        for view, mask in zip(views, masks):
            pooled.append([
                priors.prototypes(maps, F.adaptive_avg_pool2d(mask, maps.shape[2:])) for maps in self.features(square(view))])
        return [tuple(torch.cat(parts) for parts in zip(*level)) for level in zip(*pooled)]

    @staticmethod
    def window(box, scale, image):
        def span(start, end, extent):
            length = min(extent, int((end - start) * scale) + 1)
            first = min(max((start + end - length) // 2, 0), extent - length)
            return first, first + length

        (x0, x1), (y0, y1) = span(box[0], box[2], image.width), span(box[1], box[3], image.height)
        return x0, y0, x1, y1

    def find(self, image, concepts):
        """One map in the photo's size for each of the concepts."""
        query = self.features(square(image))
        colours, edges = information(image)
        colours = colours.to(self.type).expand(ENSEMBLE, -1, -1, -1).contiguous(memory_format=torch.channels_last)
        for concept in concepts:
            raw = [priors.baft(pooled, maps) for pooled, maps in zip(concept, query)]
            conditions = [maps.to(self.type) for maps in priors.conditions(raw, edges)]
            known = tuple([self.repeated(maps) for maps in side] for side in self.precompute(conditions))

            def denoise(x, t):
                steps = torch.full((ENSEMBLE,), t)
                return self.decode(x.to(self.type), steps, None, colours, known)[0].float()

            mask = (sampling.sample(self.noise, denoise, steps=STEPS).mean(0, keepdim=True) + 1) * 0.5
            yield F.interpolate(mask, size=(image.height, image.width), mode="bilinear", align_corners=False)[0, 0]

    @staticmethod
    def repeated(maps):
        return maps.expand(ENSEMBLE, -1, -1, -1).contiguous(memory_format=torch.channels_last)


def boxed(number, count, image):
    """The box of `fss-bench predict`."""
    left = image.width * number // (count * 2)
    return left, image.height // 4, left + image.width // 2, image.height * 3 // 4


def opened(path):
    with Image.open(path) as image:
        return image.convert("RGB")


def grey_png(values, path):
    Image.fromarray((values.clamp(0, 1) * 255).round().to(torch.uint8).numpy()).save(path)


def work(model, image, name, concepts, out, all_files):
    """Finds all concepts in a photo and writes what was found; the higher probability decides where they meet."""
    best = torch.full((image.height, image.width), 0.0)
    owners = torch.zeros(image.height, image.width, dtype=torch.uint8)
    for number, probabilities in enumerate(model.find(image, concepts), 1):
        takes = (probabilities >= THRESHOLD) & (probabilities > best)
        owners[takes] = number
        best = torch.where(takes, probabilities, best)
        if all_files:
            grey_png(probabilities, out / f"{name}-{number}.png")
    mask = Image.fromarray(owners.numpy() if len(concepts) > 1 else owners.numpy() * 255)
    mask.save(out / f"{name}.png")
    if all_files:
        pixels = np.array(image)
        found = owners.numpy() > 0
        pixels[found] = pixels[found] // 2 + np.array([110, 20, 20], np.uint8)
        Image.fromarray(pixels).save(out / f"{name}.jpg", quality=90)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("backbone", help="NAME=WEIGHTS, safetensors")
    parser.add_argument("concepts", type=int)
    parser.add_argument("precision", choices=TYPES)
    parser.add_argument("--compiled", action="store_true", help="torch.compile; compiling is left out of the time")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=pathlib.Path, help="where results stay; by default they are thrown away")
    parser.add_argument("--decoder", type=pathlib.Path, default=SHIPPED)
    parser.add_argument("--all-files", action="store_true", help="also probabilities and overlays")
    options = parser.parse_args()
    name, _, weights = options.backbone.partition("=")
    if name not in NETWORKS or not weights.endswith(".safetensors"):
        parser.error(f"BACKBONE is {options.backbone}, expected {' or '.join(NETWORKS)}, then = and a safetensors file")
    if options.concepts < 1:
        parser.error(f"CONCEPTS is {options.concepts}, expected at least 1")
    return options


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    paths = sorted(path for path in options.folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        sys.exit(f"{options.folder}: found no photos, expected {', '.join(sorted(SUFFIXES))}")
    engine = "compiled" if options.compiled else "eager"
    with tempfile.TemporaryDirectory() as kept, inference(engine):
        out = options.out or pathlib.Path(kept)
        out.mkdir(parents=True, exist_ok=True)
        model = Model(options.backbone, options.decoder, options.precision, engine)
        concepts = []
        for number in range(options.concepts):
            image = opened(paths[number % len(paths)])
            concepts.append(model.prototypes(image, boxed(number, options.concepts, image)))
        if options.compiled:
            work(model, opened(paths[0]), paths[0].stem, concepts[:1], out, False)
        with concurrent.futures.ThreadPoolExecutor(1) as ahead:
            waiting = [ahead.submit(opened, path) for path in paths[:AHEAD]]
            began = time.perf_counter()
            for place, path in enumerate(paths):
                image = waiting.pop(0).result()
                if place + AHEAD < len(paths):
                    waiting.append(ahead.submit(opened, paths[place + AHEAD]))
                work(model, image, path.stem, concepts, out, options.all_files)
            seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{options.concepts} {options.precision} {len(paths) / seconds:.4f} {peak}")


if __name__ == "__main__":
    main()
