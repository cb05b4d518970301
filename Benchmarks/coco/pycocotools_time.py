"""Prints the time of pycocotools' COCO() for an instances file: name, seconds, images, annotations, peak in MB."""
import contextlib
import io
import pathlib
import sys
import time

from pycocotools.coco import COCO

start = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):
    coco = COCO(sys.argv[1])
seconds = time.perf_counter() - start
status = pathlib.Path("/proc/self/status").read_text().splitlines()
peak = next(float(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
print("pycocotools", seconds, len(coco.imgs), len(coco.anns), peak)
