"""The photo loader's twin: torch's DataLoader with two workers, one epoch for every line on standard input.

    twin.py FOLDER SIDE BATCH WORKERS pil|tensor

pil     Pillow decodes and resizes, then ToTensor and Normalize: what most training code does, and the same pixels as ours
tensor  torchvision's decoder and tensor resize, then ToDtype and Normalize: the quickest that torchvision has
"""
import pathlib
import sys
import time

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import io, transforms
from torchvision.transforms import v2

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class Photos(Dataset):
    def __init__(self, folder, side, kind, flips=True):
        endings = {".jpg", ".jpeg", ".png"}
        self.files = sorted(path for path in pathlib.Path(folder).iterdir() if path.suffix.lower() in endings)
        self.kind = kind
        if kind == "pil":
            steps = [transforms.Resize((side, side)), transforms.ToTensor(), transforms.Normalize(MEAN, STD, inplace=True)]
            steps.insert(1, transforms.RandomHorizontalFlip() if flips else transforms.RandomHorizontalFlip(0))
            self.transform = transforms.Compose(steps)
        else:
            self.transform = v2.Compose([
                v2.Resize((side, side), antialias=True), v2.RandomHorizontalFlip(0.5 if flips else 0),
                v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD, inplace=True)])

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        if self.kind == "pil":
            return self.transform(Image.open(self.files[index]).convert("RGB"))
        return self.transform(io.decode_image(io.read_file(str(self.files[index])), mode=io.ImageReadMode.RGB))


def main():
    folder, kind = sys.argv[1], sys.argv[5]
    side, batch, workers = map(int, sys.argv[2:5])
    loader = DataLoader(
        Photos(folder, side, kind), batch_size=batch, shuffle=True, num_workers=workers, persistent_workers=True)
    print("ready", flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "first":
            plain = Photos(folder, side, kind, flips=False)
            if kind == "pil":
                # Rows first, as Pillow did up to 12: 13 begins with the columns of tall photos, which rounds otherwise.
                photos = [Image.open(file).convert("RGB") for file in plain.files[:batch]]
                rows = [photo.resize((side, photo.height), Image.Resampling.BILINEAR) for photo in photos]
                images = torch.stack([plain.transform(photo) for photo in rows])
            else:
                images = torch.stack([plain[index] for index in range(batch)])
            images.permute(0, 2, 3, 1).contiguous().numpy().tofile(words[1])
            print(*images.shape, flush=True)
            continue
        start = time.perf_counter()
        photos = 0
        for images in loader:
            photos += images.shape[0]
        print(time.perf_counter() - start, photos, flush=True)


if __name__ == "__main__":
    main()
