"""The work that both sides do, on PyTorch's side. Files hold the library's layouts: images [N, H, W, C]."""
import contextlib
import io
import pathlib
import subprocess
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "twin"))
import priors  # noqa: E402
import pspnet  # noqa: E402
import sampling  # noqa: E402
import towers  # noqa: E402
from resnet import ResNet50  # noqa: E402
from uqdd import UQDD, UQDDConfig  # noqa: E402

# The library's default model: six priors with mean, variance and four views each, then two edge maps.
DECODER = UQDDConfig(condition_channels=(38, 38, 38))
TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def first(image):
    """[N, H, W, C] as the NCHW view of the same memory: channels_last without a copy."""
    return image.permute(0, 3, 1, 2)


def last(image):
    """NCHW to the library's layout."""
    return image.permute(0, 2, 3, 1)


class Inputs:
    """What `prepare` wrote."""

    def __init__(self, tensors, path):
        self.tensors = tensors
        self.path = path

    def __getitem__(self, name):
        return self.tensors[name]

    def weights(self, name):
        return {key[len(name) + 1:]: tensor for key, tensor in self.tensors.items() if key.startswith(name + ".")}


def compiled(function, engine, training=False):
    """torch.compile where it is asked for; without training also with frozen, prepacked weights."""
    if engine != "compiled":
        return function
    import torch._inductor.config as inductor
    inductor.freezing = not training
    return torch.compile(function, dynamic=False)


def inference(engine):
    """The cheapest mode without gradients that the engine has."""
    return torch.no_grad() if engine == "compiled" else torch.inference_mode()


class Inference:
    """Runs `compute`, which returns what is compared, without gradients."""

    def outputs(self):
        with inference(self.engine):
            return self.compute()

    def run(self):
        with inference(self.engine):
            self.compute()


class Convolution(Inference):
    @staticmethod
    def inputs(batch):
        return {"x": torch.randn(batch, 60, 60, 256), "weight": torch.randn(256, 256, 3, 3) * (2 / 2304) ** 0.5}

    def __init__(self, inputs, precision, engine):
        self.engine = engine
        self.x = first(inputs["x"]).to(TYPES[precision])
        module = torch.nn.Conv2d(256, 256, 3, padding=1, bias=False)
        module.weight.data = inputs["weight"]
        self.module = compiled(module.to(TYPES[precision]).to(memory_format=torch.channels_last).eval(), engine)

    def compute(self):
        return {"y": last(self.module(self.x))}


class MatrixProduct(Inference):
    @staticmethod
    def inputs(batch):
        return {"a": torch.randn(1024, 1024), "b": torch.randn(1024, 1024)}

    def __init__(self, inputs, precision, engine):
        self.engine = engine
        self.a, self.b = inputs["a"].to(TYPES[precision]), inputs["b"].to(TYPES[precision])

    def compute(self):
        return {"y": self.a @ self.b}


class ElementwiseChain(Inference):
    @staticmethod
    def inputs(batch):
        return {"x": torch.randn(16), "factor": 1 + 0.1 * torch.randn(16), "offset": 0.1 * torch.randn(16)}

    def __init__(self, inputs, precision, engine):
        self.engine = engine
        self.x, self.factor, self.offset = (inputs[k].to(TYPES[precision]) for k in ("x", "factor", "offset"))

    def compute(self):
        y = self.x
        for _ in range(250):
            y = y * self.factor
            y = y + self.offset
            y = torch.sigmoid(y)
            y = y * 1.5
        return {"y": y}


def photos(count, side):
    """Smooth random pictures that differ in colour and structure, uint8."""
    coarse = torch.rand(count, 3, 6, 6) * torch.rand(count, 3, 1, 1) + 0.3 * torch.rand(count, 3, 1, 1)
    fine = F.interpolate(coarse, size=(side, side), mode="bicubic", align_corners=False)
    noisy = fine + 0.08 * torch.randn(count, 1, side, side)
    return (noisy.clamp(0, 1) * 255).to(torch.uint8)


def network_weights(network):
    return {name: tensor.clone() for name, tensor in network.state_dict().items() if "num_batches" not in name}


def loaded(network, weights):
    missing, unexpected = network.load_state_dict(weights, strict=False)
    assert not unexpected and all("num_batches" in name for name in missing), (missing, unexpected)
    return network


class ResNetForward(Inference):
    @staticmethod
    def inputs(batch):
        network, images = ResNet50(), photos(batch, 473)
        network.calibrate(torch.cat([images, photos(4, 473)]))
        weights = {"backbone." + name: tensor for name, tensor in network_weights(network).items()}
        return weights | {"photos": last(images)}

    def __init__(self, inputs, precision, engine):
        self.engine = engine
        self.photos = first(inputs["photos"])
        network = loaded(ResNet50(), inputs.weights("backbone")).eval()
        network = network.to(memory_format=torch.channels_last)
        if engine == "openvino":
            self.network = self.openvino(network, precision)
        else:
            self.network = compiled(network.to(TYPES[precision]), engine)

    def openvino(self, network, precision):
        import openvino
        model = openvino.convert_model(network.float(), example_input=self.photos)
        settings = {
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32", "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": torch.get_num_threads()}
        ready = openvino.Core().compile_model(model, "CPU", settings)
        return lambda pixels: torch.from_numpy(ready(pixels.numpy())[0])

    def compute(self):
        return {"logits": self.network(self.photos)}


def shaken(network):
    """Zero-initialised layers away from zero, so that every part takes part, the conditions above all; the IoU head stays flat,
    because its output times 1000 enters a sinusoid, where the rounding of bfloat16 would be a difference of the input."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.02 * torch.randn_like(parameter)
        network.out.conv.weight.mul_(5)
        for layer in [*network.encoder, *network.decoder]:
            layer.scm.conv.weight.mul_(4)
        network.iou.linear.weight.mul_(1e-3)
    return {"decoder." + name: tensor.clone() for name, tensor in network.state_dict().items()}


class TrainingStep:
    @staticmethod
    def inputs(batch):
        blobs = F.interpolate(torch.randn(batch, 1, 5, 5), size=(64, 64), mode="bicubic", align_corners=False)
        sides = [64, 32, 16]
        tensors = {f"c{level}": torch.randn(batch, side, side, 38) for level, side in enumerate(sides)}
        tensors |= {
            "image": torch.rand(batch, 64, 64, 3) * 2 - 1, "truth": last((blobs > 0.3).float()),
            "noise": torch.randn(batch, 64, 64, 1), "timesteps": torch.randint(0, 250, (batch,))}
        return tensors | shaken(UQDD(DECODER))

    def __init__(self, inputs, precision, engine):
        self.network = loaded(UQDD(DECODER), inputs.weights("decoder")).to(memory_format=torch.channels_last)
        self.conditions = [first(inputs[f"c{level}"]) for level in range(3)]
        self.image, self.truth, noise = (first(inputs[name]) for name in ("image", "truth", "noise"))
        self.timesteps = inputs["timesteps"]
        alphas = torch.tensor(sampling.alphas_cumulative(), dtype=torch.float64)[self.timesteps].view(-1, 1, 1, 1)
        clean = self.truth * 2 - 1
        self.noisy = clean * alphas.sqrt().float() + noise * (1 - alphas).sqrt().float()
        predicted, actual = self.noisy > 0, self.truth > 0.5
        union = (predicted | actual).sum((1, 2, 3)).clamp_min(1)
        self.iou = (predicted & actual).sum((1, 2, 3)) / union
        self.autocast = torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16")
        self.loss = compiled(self.total, engine, training=True)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=1e-4, betas=(0.9, 0.99), weight_decay=0.01, fused=True)

    def total(self):
        with self.autocast:
            prediction, error, iou = self.network(self.noisy, self.timesteps, self.conditions, self.image)
        prediction, error, iou = prediction.float(), error.float(), iou.float()
        current = (self.noisy + 1).clamp(0, 2) * 0.5
        loss = F.mse_loss(prediction, self.truth * 2 - 1)
        loss = loss + 0.1 * F.mse_loss(error, self.truth - current)
        return loss + 0.1 * F.l1_loss(iou, self.iou)

    def run(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def outputs(self):
        losses = [self.run()]
        gradients = {"gradient." + name: p.grad.clone() for name, p in self.network.named_parameters()}
        losses += [self.run(), self.run()]
        return gradients | {"losses": torch.stack(losses)}


class Query(Inference):
    """The straightforward twin: the whole decoder at every step."""

    caches = False
    ensemble = 5

    @staticmethod
    def inputs(batch):
        backbone, pictures = ResNet50(3), photos(5, 320)
        backbone.calibrate(pictures)
        rows = torch.arange(320).view(1, 320, 1)
        columns = torch.arange(320).view(1, 1, 320)
        centres = torch.tensor([[140, 150], [170, 140], [160, 160], [150, 180]]).view(4, 2, 1, 1)
        radius = torch.tensor([60, 60, 90, 130]).view(4, 1, 1)
        masks = ((rows - centres[:, 0]) ** 2 + (columns - centres[:, 1]) ** 2 < radius ** 2).float()
        tensors = {
            "photo": last(pictures[:1]), "views": last(pictures[1:]), "masks": masks[..., None],
            "edges": torch.rand(1, 128, 128, 2), "image": torch.rand(1, 64, 64, 3) * 2 - 1,
            "noise": torch.randn(Query.ensemble, 64, 64, 1)}
        tensors |= {"backbone." + name: tensor for name, tensor in network_weights(backbone).items()}
        return tensors | shaken(UQDD(DECODER))

    def __init__(self, inputs, precision, engine):
        self.engine = engine
        self.type = TYPES[precision]
        backbone = loaded(ResNet50(3), inputs.weights("backbone")).eval().to(memory_format=torch.channels_last)
        self.features = compiled(backbone.to(self.type).features, engine)
        network = loaded(UQDD(DECODER), inputs.weights("decoder")).eval().to(memory_format=torch.channels_last)
        self.network = network.lowered(self.type)
        self.decode = compiled(self.network.forward, engine)
        self.precompute = compiled(self.network.precompute, engine)
        self.conditions = compiled(self.fused_priors, engine)
        self.photo, self.views, self.masks, self.edges = (first(inputs[k]) for k in ("photo", "views", "masks", "edges"))
        image = first(inputs["image"]).to(self.type).expand(self.ensemble, -1, -1, -1)
        self.image = image.contiguous(memory_format=torch.channels_last)
        self.noise = first(inputs["noise"])

    def fused_priors(self, query, supports):
        raw = [priors.baft(priors.prototypes(maps, self.masks), own) for own, maps in zip(query, supports)]
        return priors.conditions(raw, self.edges)

    def repeated(self, maps):
        return maps.expand(self.ensemble, -1, -1, -1).contiguous(memory_format=torch.channels_last)

    def compute(self):
        conditions = self.conditions(self.features(self.photo), self.features(self.views))
        c = [maps.to(self.type) for maps in conditions]
        if self.caches:
            pre = tuple([self.repeated(maps) for maps in side] for side in self.precompute(c))
            c = None
        else:
            pre = None
            c = [self.repeated(maps) for maps in c]

        def denoise(x, t):
            steps = torch.full((self.ensemble,), t)
            return self.decode(x.to(self.type), steps, c, self.image, pre)[0].float()

        mask = (sampling.sample(self.noise, denoise).mean(0, keepdim=True) + 1) * 0.5
        return {"mask": last(mask)} | {f"condition{level}": last(maps) for level, maps in enumerate(conditions)}


class CachingQuery(Query):
    """The twin that computes the conditions' part of every modulation once, as the library does."""

    caches = True


class Loading(Inference):
    """A stack of large linear layers from its file: made without values, loaded and ready for its first call. `load_file` maps the
    file and `assign` takes the tensors as they are, so that neither side copies."""
    width, depth, calls = 5792, 32, False

    @classmethod
    def inputs(cls, batch):
        return {
            f"{index}.weight": (torch.randn(cls.width, cls.width) / cls.width**0.5).bfloat16() for index in range(cls.depth)}

    def __init__(self, inputs, precision, engine):
        self.engine = engine
        self.path = inputs.path
        self.x = ((torch.arange(4 * self.width) % 7 - 3) / 4).reshape(4, self.width).to(TYPES[precision])

    def loaded(self):
        with torch.device("meta"):
            layers = [torch.nn.Linear(self.width, self.width, bias=False) for _ in range(self.depth)]
            module = torch.nn.Sequential(*layers)
        module.load_state_dict(load_file(self.path), assign=True)
        return module.eval()

    def compute(self):
        module = self.loaded()
        module(self.x)
        return {"y": module(self.x)}

    def run(self):
        with inference(self.engine):
            module = self.loaded()
            if self.calls:
                module(self.x)


class LoadingAndCall(Loading):
    """The same with the first call."""
    calls = True


class COCOInstances(Inference):
    """An instances file with COCO's statistics, a tenth of its size: made into an index. The twin is pycocotools."""
    scale, sample = 0.1, 300

    @staticmethod
    def inputs(batch):
        return {"none": torch.zeros(1)}

    @classmethod
    def write_files(cls, folder):
        script = pathlib.Path(__file__).resolve().parent / "coco/instances.py"
        subprocess.run([sys.executable, script, folder / "instances.json", str(cls.scale)], check=True)

    def __init__(self, inputs, precision, engine):
        self.engine = engine
        self.path = inputs.path.parent / "instances.json"

    def opened(self):
        from pycocotools.coco import COCO
        with contextlib.redirect_stdout(io.StringIO()):
            return COCO(str(self.path))

    def run(self):
        self.opened()

    def compute(self):
        coco = self.opened()
        counts = [len(coco.imgs), len(coco.anns), len(coco.cats)]
        areas = {identity: 0.0 for identity in sorted(coco.cats)}
        for annotation in coco.anns.values():
            areas[annotation["category_id"]] += annotation["area"]
        pixels = [int(coco.annToMask(coco.anns[identity]).sum()) for identity in sorted(coco.anns)[:self.sample]]
        return {"counts": torch.tensor(counts), "areas": torch.tensor(list(areas.values())), "pixels": torch.tensor(pixels)}


class Tower(Inference):
    """A published network at its own size."""
    name = None

    @classmethod
    def inputs(cls, batch):
        kind, prefix = towers.TOWERS[cls.name]
        network = kind().network
        tensors = {f"backbone.{prefix}{name}": tensor for name, tensor in network_weights(network).items() if tensor.dim() > 0}
        tensors = {name: tensor for name, tensor in tensors.items() if not name.endswith(("position_ids", "relative_position_index"))}
        if cls.name == "clip-text":
            sequences = torch.randint(0, 513, (64 * batch, kind.length))
            sequences[:, 0], sequences[:, -1] = 513, 514
            return tensors | {"sequences": sequences}
        return tensors | {"photos": last(photos(batch, kind.side))}

    def __init__(self, inputs, precision, engine):
        self.engine = engine
        kind, prefix = towers.TOWERS[self.name]
        model = kind()
        weights = {name.removeprefix(prefix): tensor for name, tensor in inputs.weights("backbone").items()}
        missing, unexpected = model.network.load_state_dict(weights, strict=False)
        generated = ("num_batches_tracked", "position_ids", "relative_position_index")
        assert not unexpected and all(name.endswith(generated) for name in missing), (missing, unexpected)
        model = model.to(TYPES[precision]).eval()
        if self.name == "clip-rn50":
            model = model.to(memory_format=torch.channels_last)
        self.given = inputs["sequences"] if self.name == "clip-text" else first(inputs["photos"])
        self.model = compiled(model, engine)

    def compute(self):
        return {"y": self.model(self.given)}


class SegmentationStep:
    """One step of SGD on all of PSPNet: both heads' cross-entropy at the photos' size."""
    classes, side = 16, 193

    @classmethod
    def inputs(cls, batch):
        network, plain, images = pspnet.PSPNet(cls.classes), ResNet50(), photos(batch, cls.side)
        plain.calibrate(images)
        network.backbone.load_state_dict(plain.state_dict(), strict=False)
        coarse = torch.randn(batch, cls.classes, 5, 5)
        labels = F.interpolate(coarse, size=(cls.side, cls.side), mode="bicubic", align_corners=False).argmax(1)
        weights = {"network." + name: tensor for name, tensor in network_weights(network).items()}
        return weights | {"photos": last(images), "labels": labels}

    def __init__(self, inputs, precision, engine):
        network = loaded(pspnet.PSPNet(self.classes), inputs.weights("network"))
        self.network = network.to(memory_format=torch.channels_last).train()
        self.photos, self.labels = first(inputs["photos"]), inputs["labels"].long()
        self.autocast = torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16")
        self.loss = compiled(self.total, engine, training=True)
        self.optimizer = torch.optim.SGD(self.network.parameters(), lr=1e-2, momentum=0.9, weight_decay=1e-4)

    def total(self):
        with self.autocast:
            scores = self.network(self.photos)
        main, auxiliary = (
            F.cross_entropy(F.interpolate(map.float(), self.labels.shape[1:], mode="bilinear", align_corners=True), self.labels)
            for map in scores)
        return main + 0.4 * auxiliary

    def run(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def outputs(self):
        losses = [self.run()]
        chosen = ("main_classifier.weight", "cls.0.weight", "ppm.features.1.1.weight", "backbone.layer4.2.conv2.weight")
        parameters = dict(self.network.named_parameters())
        gradients = {"gradient." + name: parameters[name].grad.clone() for name in chosen}
        losses += [self.run()]
        return gradients | {"losses": torch.stack(losses)}


class LabelRefinement(Inference):
    """APF, APR and SABR with the guided filter on the labels of one photo of a megapixel."""
    side, grid, channels, classes = 1000, 125, 256, [1, 2, 3, 4, 5]

    @classmethod
    def inputs(cls, batch):
        coarse = torch.randn(1, 6, 9, 9)
        coarse[:, 0] += 1.2
        truth = F.interpolate(coarse, size=(cls.side, cls.side), mode="bicubic", align_corners=False).argmax(1)[0]
        directions = F.normalize(torch.randn(6, cls.channels), dim=1)
        cells = truth[4::8, 4::8]
        features = directions[cells] + 0.06 * torch.randn(cls.grid, cls.grid, cls.channels)
        labels = torch.roll(truth, (6, -5), (0, 1))
        labels[150:320, 500:680], labels[600:740, 120:260] = 4, 2
        shade = torch.rand(6, 3)[truth] * 200 + 12 * torch.randn(cls.side, cls.side, 3) + 20
        means = directions[1:] + 0.01 * torch.randn(5, cls.channels)
        return {"labels": labels, "features": features, "means": means, "photo": shade.clamp(0, 255).to(torch.uint8)}

    def __init__(self, inputs, precision, engine):
        import labels
        self.engine, self.twin = engine, labels
        self.labels, self.photo = inputs["labels"].int().numpy(), inputs["photo"].numpy()
        self.features, self.means = inputs["features"].numpy(), inputs["means"]

    def compute(self):
        kept = self.twin.filtered(self.labels, self.features, self.means, self.classes, 0.6)
        named = self.twin.relabelled(kept, self.features, self.means, self.classes, 0.5, 0.3)
        refined = self.twin.refined(named, self.photo, 11, 8, 1e-4, 0.5, 16)
        return {"filtered": torch.from_numpy(kept), "relabelled": torch.from_numpy(named), "refined": torch.from_numpy(refined)}


KINDS = {
    "convolution": Convolution, "matmul": MatrixProduct, "elementwise": ElementwiseChain, "resnet50": ResNetForward,
    "uqdd-step": TrainingStep, "query": Query, "query-cached": CachingQuery,
    "pspnet-step": SegmentationStep, "label-refinement": LabelRefinement,
    "loading": Loading, "loading-call": LoadingAndCall, "coco-index": COCOInstances,
    **{name: type(name, (Tower,), {"name": name}) for name in towers.TOWERS}}
