// What is marked in a photo, as a list of steps that can be undone, and masks as runs down the columns (COCO's uncompressed RLE).

/** The size that the server shows models: the longer side is at most 1024. All marks and results are in this frame. */
export function frameOf(photo) {
  const longer = Math.max(photo.width, photo.height), most = 1024;
  if (longer <= most) return { width: photo.width, height: photo.height };
  const side = (value) => Math.max(1, Math.floor((value * most + Math.floor(longer / 2)) / longer));
  return { width: side(photo.width), height: side(photo.height) };
}

/** Flags, row by row, of runs. */
export function flagsOf(runs, width, height) {
  const flags = new Uint8Array(width * height);
  let place = 0, value = 0;
  for (const length of runs) {
    if (value) for (let index = place; index < place + length; index++) flags[(index % height) * width + Math.floor(index / height)] = 1;
    place += length;
    value = 1 - value;
  }
  return flags;
}

/** Runs of flags that are row by row. */
export function runsOf(flags, width, height) {
  const runs = [];
  let value = 0, length = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if (flags[y * width + x] !== value) {
        runs.push(length);
        value = 1 - value;
        length = 0;
      }
      length++;
    }
  }
  runs.push(length);
  return runs;
}

/** Flags of another size, by the nearest pixel. */
function resized(flags, from, to) {
  const result = new Uint8Array(to.width * to.height);
  for (let y = 0; y < to.height; y++) {
    const row = Math.floor(y * from.height / to.height) * from.width;
    for (let x = 0; x < to.width; x++) result[y * to.width + x] = flags[row + Math.floor(x * from.width / to.width)];
  }
  return result;
}

/** How much two masks have in common: 1 where both are empty. */
export function likeness(one, other) {
  let both = 0, either = 0;
  for (let index = 0; index < one.length; index++) {
    both += one[index] & other[index];
    either += one[index] | other[index];
  }
  return either === 0 ? 1 : both / either;
}

export class Marks {
  constructor(frame) {
    this.frame = frame;
    this.steps = [];
    this.undone = [];
    this.layer = new OffscreenCanvas(frame.width, frame.height);
    this.pen = this.layer.getContext("2d", { willReadFrequently: true });
    this.pen.lineCap = this.pen.lineJoin = "round";
  }

  /** Marks that the server holds, of any frame. */
  static from(sent, frame) {
    const marks = new Marks(frame);
    if (!sent) return marks;
    const x = frame.width / sent.width, y = frame.height / sent.height;
    const moved = (points) => points.map((point) => [point[0] * x, point[1] * y]);
    for (const box of sent.boxes ?? []) marks.steps.push({ kind: "box", box: [box[0] * x, box[1] * y, box[2] * x, box[3] * y] });
    for (const stroke of sent.scribbles ?? []) {
      marks.steps.push({ kind: "scribble", points: moved(stroke.points), size: (stroke.thickness ?? 3) * Math.sqrt(x * y) });
    }
    for (const point of moved(sent.points ?? [])) marks.steps.push({ kind: "point", point });
    if (sent.mask) marks.add({ kind: "mask", flags: resized(flagsOf(sent.mask, sent.width, sent.height), sent, frame) });
    return marks;
  }

  add(step) {
    this.steps.push(step);
    this.undone = [];
    this.paint(step);
  }

  undo() {
    if (this.steps.length === 0) return false;
    this.undone.push(this.steps.pop());
    this.repaint();
    return true;
  }

  redo() {
    if (this.undone.length === 0) return false;
    const step = this.undone.pop();
    this.steps.push(step);
    this.paint(step);
    return true;
  }

  clear() { if (this.steps.length > 0) this.add({ kind: "clear" }); }

  /** The steps since the last clearing. */
  get current() {
    const last = this.steps.findLastIndex((step) => step.kind === "clear");
    return this.steps.slice(last + 1);
  }

  paint(step) {
    const { width, height } = this.frame;
    if (step.kind === "clear") this.pen.clearRect(0, 0, width, height);
    if (step.kind === "mask") {
      const image = new ImageData(width, height);
      for (let index = 0; index < step.flags.length; index++) if (step.flags[index]) image.data.set([255, 200, 0, 255], index * 4);
      this.pen.putImageData(image, 0, 0);
    }
    if (step.kind !== "brush" && step.kind !== "erase") return;
    this.pen.globalCompositeOperation = step.kind === "erase" ? "destination-out" : "source-over";
    this.pen.strokeStyle = "rgb(255 200 0)";
    this.pen.lineWidth = step.size;
    this.pen.beginPath();
    const [first, ...rest] = step.points;
    this.pen.moveTo(...first);
    for (const point of rest.length > 0 ? rest : [first]) this.pen.lineTo(...point);
    this.pen.stroke();
    this.pen.globalCompositeOperation = "source-over";
  }

  repaint() {
    this.pen.clearRect(0, 0, this.frame.width, this.frame.height);
    for (const step of this.current) this.paint(step);
  }

  get hasMask() { return this.current.some((step) => step.kind === "mask" || step.kind === "brush"); }

  /** What the server is sent; null where nothing is marked. */
  get sent() {
    const { width, height } = this.frame, steps = this.current;
    const sent = { width, height };
    const boxes = steps.filter((step) => step.kind === "box").map((step) => step.box);
    const scribbles = steps.filter((step) => step.kind === "scribble").map((step) => ({ points: step.points, thickness: step.size }));
    const points = steps.filter((step) => step.kind === "point").map((step) => step.point);
    if (boxes.length > 0) sent.boxes = boxes;
    if (scribbles.length > 0) sent.scribbles = scribbles;
    if (points.length > 0) sent.points = points;
    if (this.hasMask) {
      const pixels = this.pen.getImageData(0, 0, width, height).data, flags = new Uint8Array(width * height);
      for (let index = 0; index < flags.length; index++) flags[index] = pixels[index * 4 + 3] > 127 ? 1 : 0;
      if (flags.includes(1)) sent.mask = runsOf(flags, width, height);
    }
    return Object.keys(sent).length > 2 ? sent : null;
  }
}
