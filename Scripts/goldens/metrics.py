"""Writes Tests/DatasetsTests/Goldens/metrics.json: scores of random predictions by NumPy and OpenCV.

Usage: python Scripts/goldens/metrics.py   (needs the packages of requirements.txt)

Pixels are digits, twice the truth (0 background, 1 object, 2 void) plus the prediction (0 or 1). Boundary IoU follows
`mask_to_boundary` of the reference implementation (boundary_iou_api); void pixels are left out of its counts.
"""

import json
import pathlib

import cv2
import numpy as np

OUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/DatasetsTests/Goldens/metrics.json"
CLASSES = [3, 7, 12, 700]
ABSENT = 5
RATIO = 0.02


def boundary(mask, ratio):
    height, width = mask.shape
    distance = max(1, int(round(ratio * np.sqrt(height**2 + width**2))))
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    eroded = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=distance)
    return mask - eroded[1:-1, 1:-1]


def overlap(first, second, counted):
    both = np.logical_and(first, second)[counted].sum()
    either = np.logical_or(first, second)[counted].sum()
    return [int(both), int(either)]


def counts(truth, prediction, ratio):
    counted = truth != 2
    real, found = (truth == 1).astype(np.uint8), prediction.astype(np.uint8)
    return {
        "foreground": overlap(real, found, counted),
        "background": overlap(1 - real, 1 - found, counted),
        "boundary": overlap(boundary(real, ratio), boundary(found, ratio), counted),
    }


def ratio(pair):
    return pair[0] / max(pair[1], 1)


def total(rows, kind):
    return np.sum([row[kind] for row in rows], axis=0).tolist()


def episodes(random):
    """Blobs with noise; some truths are all void or without the object, some predictions empty or full."""
    for index in range(200):
        height, width = random.randint(3, 12, 2)
        truth = (cv2.resize(random.rand(3, 3), (int(width), int(height))) > 0.5).astype(np.int64)
        prediction = truth ^ (random.rand(height, width) < 0.2)
        truth[random.rand(height, width) < 0.1] = 2
        if index % 11 == 0:
            prediction[:] = 0
        if index % 13 == 0:
            truth[truth == 1] = 0
        if index % 41 == 0:
            truth[:] = 2
        if index % 17 == 0:
            prediction[:] = 1
        yield CLASSES[random.randint(len(CLASSES))], truth, prediction


def shapes(random):
    """Larger masks, whose bands are several pixels wide, some cut by the image."""
    for height, width, share in [(48, 64, 0.02), (61, 40, 0.05), (37, 53, 0.1), (30, 30, 0.4)]:
        masks = []
        for _ in range(2):
            mask = np.zeros((height, width), np.uint8)
            centre = (int(random.randint(width // 2)), int(random.randint(height)))
            cv2.ellipse(mask, centre, (width // 3, height // 4), int(random.randint(180)), 0, 360, 1, -1)
            cv2.rectangle(mask, (width // 2, height // 3), (width - 1, height // 2), 1, -1)
            masks.append(mask)
        yield share, masks[0], masks[1]


def digits(values):
    return "".join(str(int(value)) for value in values.flatten())


def runs(mask):
    """Lengths of zeros, ones, zeros ... row by row; the first may be 0."""
    flat = np.concatenate([[0], mask.flatten(), [1 - mask.flatten()[-1]]])
    return np.diff(np.flatnonzero(np.diff(flat)), prepend=0).tolist()


def few_shot(random):
    rows = []
    for class_id, truth, prediction in episodes(random):
        row = {"class": class_id, "width": truth.shape[1], "pixels": digits(2 * truth + prediction)}
        rows.append(row | counts(truth, prediction, RATIO))
    by_class = {c: [row for row in rows if row["class"] == c] for c in CLASSES}
    iou = {str(c): ratio(total(own, "foreground")) for c, own in by_class.items()}
    bands = {str(c): ratio(total(own, "boundary")) for c, own in by_class.items()}
    return {
        "classes": CLASSES + [ABSENT],
        "episodes": rows,
        "iou": iou,
        "boundaryIoU": bands,
        "meanIoU": float(np.mean(list(iou.values()))),
        "meanBoundaryIoU": float(np.mean(list(bands.values()))),
        "foregroundBackgroundIoU": float(np.mean([ratio(total(rows, kind)) for kind in ("foreground", "background")])),
    }


def generalized(random):
    """Two folds of class maps: 0 background, 1 to 3 base, 4 and 5 novel, 6 novel and absent, 9 void."""
    folds = []
    for _ in range(2):
        truth = random.choice([0, 1, 2, 3, 4, 5, 9], 300, p=[0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
        prediction = np.where((random.rand(300) < 0.6) & (truth != 9), truth, random.randint(0, 6, 300))
        counted = truth != 9
        iou = {}
        for c in range(7):
            pair = overlap(truth == c, prediction == c, counted)
            iou[c] = np.nan if pair[1] == 0 else pair[0] / pair[1]
        fold = {"truth": digits(truth), "prediction": digits(prediction)}
        novel = float(np.nanmean([iou[c] for c in (4, 5, 6)]))
        for rule, base in (("included", (0, 1, 2, 3)), ("excluded", (1, 2, 3))):
            mean = float(np.nanmean([iou[c] for c in base]))
            fold[rule] = {
                "base": mean,
                "novel": novel,
                "mean": (mean + novel) / 2,
                "harmonic": 2 * mean * novel / (mean + novel),
                "total": float(np.nanmean([iou[c] for c in base + (4, 5, 6)])),
            }
        folds.append(fold)
    summary = {}
    for rule in ("included", "excluded"):
        base, novel = (float(np.mean([fold[rule][key] for fold in folds])) for key in ("base", "novel"))
        summary[rule] = {
            "harmonicOfMeans": 2 * base * novel / (base + novel),
            "meanOfHarmonics": float(np.mean([fold[rule]["harmonic"] for fold in folds])),
        }
    return {"folds": folds, "summary": summary}


def presence(random):
    """Scores with ties; the area by comparing all pairs."""
    present = random.rand(120) < 0.6
    scores = np.round(np.clip(0.35 * present + 0.7 * random.rand(120), 0, 1) * 16) / 16
    yes, no = scores[present][:, None], scores[~present][None, :]
    decided = scores >= 0.5
    hits, alarms, misses = (decided & present).sum(), (decided & ~present).sum(), (~decided & present).sum()
    return {
        "scores": scores.tolist(),
        "present": present.tolist(),
        "areaUnderROC": float(np.mean((yes > no) + 0.5 * (yes == no))),
        "f1": float(2 * hits / (2 * hits + alarms + misses)),
    }


def main():
    random = np.random.RandomState(2021)
    values = {"fewShot": few_shot(random), "generalized": generalized(random), "presence": presence(random)}
    values["boundaries"] = [
        {
            "ratio": share, "height": first.shape[0], "width": first.shape[1], "truth": runs(first), "prediction": runs(second),
            "counts": overlap(boundary(first, share), boundary(second, share), np.ones(first.shape, bool)),
        }
        for share, first, second in shapes(random)
    ]
    OUT.write_text(json.dumps(values, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
