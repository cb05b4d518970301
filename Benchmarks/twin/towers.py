"""Published networks, as their reference packages make them, with random weights under the names of published
files: transformers (CLIP's vision and text transformers, DINOv2, Segment Anything), torchvision (Swin) and OpenAI's package (CLIP's ResNet)."""
import pathlib
import sys
import types

import torch

# Behind the others: a module there has the name of a twin.
sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "Scripts/goldens"))
from torchvision_import import import_torchvision  # noqa: E402


class Normalized(torch.nn.Module):
    """Raw pixels to those of ImageNet's or CLIP's networks, in the network's precision."""

    def __init__(self, mean, std):
        super().__init__()
        import_torchvision()    # transformers and OpenAI's package import it, too
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", 1 / torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def pixels(self, images):
        return ((images.float() / 255 - self.mean.float()) * self.scale.float()).to(self.mean.dtype)


IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))


class CLIPViT(Normalized):
    """ViT-B/16 whose positions are those of images of 384: the map after the last block."""
    side, grid = 384, 24

    def __init__(self):
        super().__init__(*CLIP)
        from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection
        self.network = CLIPVisionModelWithProjection(CLIPVisionConfig(
            hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, image_size=384, patch_size=16,
            projection_dim=512))

    def forward(self, images):
        tokens = self.network.vision_model(self.pixels(images)).last_hidden_state[:, 1:]
        return tokens.reshape(tokens.shape[0], self.grid, self.grid, -1)


class DINOv2(Normalized):
    """ViT-B/14 whose positions are those of images of 448: the normalised map after the last block."""
    side, grid = 448, 32

    def __init__(self):
        super().__init__(*IMAGENET)
        from transformers import Dinov2Config, Dinov2Model
        self.network = Dinov2Model(Dinov2Config(image_size=448, patch_size=14))
        for name, parameter in self.network.named_parameters():
            if name.endswith("lambda1"):
                torch.nn.init.uniform_(parameter, 0.5, 1.5)

    def forward(self, images):
        tokens = self.network(self.pixels(images)).last_hidden_state[:, 1:]
        return tokens.reshape(tokens.shape[0], self.grid, self.grid, -1)


class Swin(Normalized):
    """Swin-B: the normalised map after the last stage."""
    side = 384

    def __init__(self):
        super().__init__(*IMAGENET)
        self.network = import_torchvision().models.swin_b(weights=None)

    def forward(self, images):
        return self.network.norm(self.network.features(self.pixels(images)))


class CLIPResNet(Normalized):
    """CLIP's RN50 up to the last residual block."""
    side = 384

    def __init__(self):
        super().__init__(*CLIP)
        sys.modules.setdefault("pkg_resources", types.SimpleNamespace(packaging=__import__("packaging")))
        import packaging.version  # noqa: F401
        from clip.model import ModifiedResNet
        self.network = ModifiedResNet((3, 4, 6, 3), 1024, 32, input_resolution=384, width=64)

    def forward(self, images):
        net, x = self.network, self.pixels(images)
        for index in (1, 2, 3):
            x = getattr(net, f"relu{index}")(getattr(net, f"bn{index}")(getattr(net, f"conv{index}")(x)))
        x = net.layer4(net.layer3(net.layer2(net.layer1(net.avgpool(x)))))
        return x.permute(0, 2, 3, 1)


class CLIPText(torch.nn.Module):
    """The text tower of ViT-B/16 over a vocabulary of bytes and one merge: 64 sequences of 77 tokens to their vectors."""
    vocabulary, length = 515, 77

    def __init__(self):
        super().__init__()
        import_torchvision()
        from transformers import CLIPTextConfig, CLIPTextModelWithProjection
        self.network = CLIPTextModelWithProjection(CLIPTextConfig(
            vocab_size=self.vocabulary, hidden_size=512, intermediate_size=2048, num_hidden_layers=12, num_attention_heads=8,
            projection_dim=512, bos_token_id=513, eos_token_id=514, pad_token_id=0))

    def forward(self, sequences):
        return self.network(input_ids=sequences).text_embeds


class SegmentAnything(Normalized):
    """The image encoder of SAM ViT-B: the map that masks are decoded from."""
    side = 1024

    def __init__(self):
        super().__init__(*IMAGENET)     # SAM's own numbers are 255 times these
        from transformers import SamConfig, SamModel
        self.network = SamModel(SamConfig())
        for name, parameter in self.network.named_parameters():
            if "rel_pos" in name or name.endswith("pos_embed"):
                torch.nn.init.normal_(parameter, std=0.1)

    def forward(self, images):
        return self.network.vision_encoder(self.pixels(images)).last_hidden_state.permute(0, 2, 3, 1)


# Prefix of the published names, where the reference modules leave it out.
TOWERS = {
    "clip-vit-b16": (CLIPViT, ""), "dinov2-b": (DINOv2, ""), "swin-b": (Swin, ""), "clip-rn50": (CLIPResNet, "visual."),
    "clip-text": (CLIPText, ""), "sam-b-encoder": (SegmentAnything, "")}
