"""What is measured, and how good is good."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    workload: str
    precision: str
    batch: int
    engines: tuple
    tolerance: float                 # largest relative difference (L2) of any result
    bar: float | None = None         # ours / eager, time
    aim: float | None = None         # ours / compiled, time
    primitive_bar: float | None = None
    peak_bar: float | None = None    # our peak memory / the file of the inputs
    eager_peak_bar: float | None = None    # our peak memory / eager's
    twin: str = ""                   # the workload of the twin where it is not ours
    on_demand: bool = False          # takes minutes: only where it is named, few rounds of single repetitions
    slow_engines: tuple = ()         # only where all are asked for
    gigabytes: float = 0             # that the inputs take on the disk

    @property
    def title(self):
        return f"{self.name}, {self.precision}, batch {self.batch}"

    def matches(self, text):
        if self.on_demand:
            return bool(text) and self.workload.startswith(text)
        return text in self.name or text in self.twin_workload or text in self.workload

    @property
    def twin_workload(self):
        return self.twin or self.workload


def rows():
    """Section by section: name, workload, batches, engines, bars and tolerances by precision."""
    small = ("ours", "primitive", "eager")
    full = ("ours", "eager", "compiled")
    for precision, tolerance in (("float32", 1e-5), ("bfloat16", 1e-2)):
        yield Row("conv 256->256 3x3 60x60", "convolution", precision, 1, small, tolerance, primitive_bar=1.1)
        yield Row("matmul 1024x1024x1024", "matmul", precision, 1, small, tolerance, primitive_bar=1.1)
    for batch in (1, 8):
        for precision, tolerance, bar in (("float32", 1e-4, 0.8), ("bfloat16", 5e-2, 0.6)):
            engines = full + (("openvino",) if batch == 1 else ())
            yield Row("ResNet-50 forward 473x473", "resnet50", precision, batch, engines, tolerance, bar, 1.0)
    for name, workload in (
            ("CLIP ViT-B/16 384x384", "clip-vit-b16"), ("CLIP RN50 384x384", "clip-rn50"), ("Swin-B 384x384", "swin-b"),
            ("DINOv2-B/14 448x448", "dinov2-b"), ("CLIP text, 64 prompts of 77 tokens", "clip-text"),
            ("SAM ViT-B image encoder 1024x1024", "sam-b-encoder")):
        for precision, tolerance, bar in (("float32", 1e-3, 0.8), ("bfloat16", 5e-2, 0.6)):
            yield Row(name, workload, precision, 1, full, tolerance, bar, 1.0)
    for precision, tolerance, bar in (("float32", 1e-3, 0.9), ("bfloat16", 5e-2, 0.8)):
        yield Row("UQDD training step 64x64", "uqdd-step", precision, 8, full, tolerance, bar, 1.0)
    for precision, tolerance in (("float32", 1e-3), ("bfloat16", 2e-1)):    # normalised by batches, rounding grows
        yield Row("PSPNet-50 training step 193x193", "pspnet-step", precision, 4, full, tolerance, 0.7, 1.0)
    yield Row("APF, APR and SABR, one megapixel", "label-refinement", "float32", 1, ("ours", "eager"), 2e-2, 0.7)
    for precision, tolerance in (("float32", 1e-3), ("bfloat16", 1e-1)):    # fifty steps feed rounding back
        yield Row("one query end to end", "query", precision, 1, full, tolerance, 0.5, 0.6)
        yield Row("one query, twin caches conditions", "query", precision, 1, full, tolerance, twin="query-cached")
    for name, workload in (("2 GB of weights, ready", "loading"), ("2 GB of weights, called once", "loading-call")):
        yield Row(name, workload, "bfloat16", 1, ("ours", "eager"), 5e-2, 1.0, peak_bar=1.15)
    yield Row("index of a 45 MB COCO instances file", "coco-index", "float32", 1, ("ours", "eager"), 1e-5, 0.2)
    yield from generators()
    yield Row("1000 element-wise operations on 16 floats", "elementwise", "float32", 1, ("ours", "eager"), 1e-5, 0.5)


def generators():
    """Published generators at their own size. Bfloat16 moves diffusers' own answer of Stable Diffusion 1.5 by 1e-2 from that in
    float32 with the same weights; two engines that round in different places may be further apart."""
    for name, workload, batch, sizes in (
            ("SD 1.5 with ControlNet, a step at 512x512", "sd15-control-step", 2, {"float32": 5.2, "bfloat16": 2.6}),
            ("SD 3.5 Medium, a step at 512x512", "sd35-medium-step", 2, {"bfloat16": 5.2}),
            ("SD 1.5 autoencoder, latent to 512x512", "vae-decode", 1, {"float32": 0.5, "bfloat16": 0.5})):
        for precision, gigabytes in sizes.items():
            tolerance, bar = {"float32": (1e-3, 0.8), "bfloat16": (5e-2, 0.6)}[precision]
            yield Row(
                name, workload, precision, batch, ("ours", "eager"), tolerance, bar, 1.0, eager_peak_bar=1.0, on_demand=True,
                slow_engines=("compiled",), gigabytes=gigabytes)


ROWS = list(rows())
