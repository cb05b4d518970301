// The photo on its canvas: zoom, the layers over it, and drawing by mouse, pen, finger and keyboard.

const orange = [240, 70, 30], blue = [30, 130, 255];

/** A mask as a picture: tinted inside, with an outline. */
export function maskPicture(flags, width, height, color = orange, tint = 100) {
  const picture = new OffscreenCanvas(width, height), image = new ImageData(width, height);
  const line = Math.max(1, Math.round(Math.max(width, height) / 400));
  const isOut = (x, y) => x >= 0 && y >= 0 && x < width && y < height && !flags[y * width + x];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!flags[y * width + x]) continue;
      const isEdge = isOut(x - line, y) || isOut(x + line, y) || isOut(x, y - line) || isOut(x, y + line);
      image.data.set([...color, isEdge ? 255 : tint], (y * width + x) * 4);
    }
  }
  picture.getContext("2d").putImageData(image, 0, 0);
  return picture;
}

/** The outline of an earlier result. */
export const beforePicture = (flags, width, height) => maskPicture(flags, width, height, blue, 0);

/** A map of shades in false colours, from dark blue over green to yellow. */
export function shadesPicture(shades) {
  const stops = [[20, 12, 60], [40, 70, 140], [30, 130, 130], [80, 190, 90], [190, 220, 50], [255, 245, 120]];
  const values = Uint8Array.from(atob(shades.values), (letter) => letter.charCodeAt(0));
  const picture = new OffscreenCanvas(shades.width, shades.height), image = new ImageData(shades.width, shades.height);
  values.forEach((value, index) => {
    const place = value / 255 * (stops.length - 1), low = Math.min(Math.floor(place), stops.length - 2), share = place - low;
    const color = stops[low].map((part, channel) => Math.round(part + (stops[low + 1][channel] - part) * share));
    image.data.set([...color, 190], index * 4);
  });
  picture.getContext("2d").putImageData(image, 0, 0);
  return picture;
}

export class View {
  /** `events` has `stroke(step)`, `say(text)`. */
  constructor(canvas, events) {
    this.canvas = canvas;
    this.events = events;
    this.tool = "box";
    this.size = 14;
    this.shows = { result: true, prior: false, marks: true, before: true };
    this.scale = 1;
    this.left = this.top = 0;
    this.pointers = new Map();
    this.step = null;
    this.cross = null;
    new ResizeObserver(() => this.fit()).observe(canvas);
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.moved(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.up(event));
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => { this.cross = null; this.draw(); });
  }

  /** Shows a photo: `{bitmap, frame, marks, result, prior, before}`; null for none. */
  show(photo) {
    const isOther = this.photo?.id !== photo?.id;
    this.photo = photo;
    if (isOther) { this.step = null; this.fit(); } else this.draw();
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.canvas, ratio = devicePixelRatio;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    if (this.photo) {
      const { frame } = this.photo;
      this.scale = Math.min(width / frame.width, height / frame.height);
      this.left = (width - frame.width * this.scale) / 2;
      this.top = (height - frame.height * this.scale) / 2;
    }
    this.draw();
  }

  zoom(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    const next = Math.min(Math.max(this.scale * factor, 0.05), 40);
    this.left = x - (x - this.left) * next / this.scale;
    this.top = y - (y - this.top) * next / this.scale;
    this.scale = next;
    this.draw();
  }

  draw() {
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => { this.isWaiting = false; this.drawNow(); });
  }

  drawNow() {
    const context = this.canvas.getContext("2d"), ratio = devicePixelRatio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const photo = this.photo;
    if (!photo?.bitmap) return;
    const { width, height } = photo.frame;
    context.setTransform(ratio * this.scale, 0, 0, ratio * this.scale, ratio * this.left, ratio * this.top);
    context.imageSmoothingEnabled = this.scale < 4;
    context.drawImage(photo.bitmap, 0, 0, width, height);
    context.imageSmoothingEnabled = true;
    if (this.shows.prior && photo.prior) context.drawImage(photo.prior, 0, 0, width, height);
    if (this.shows.before && photo.before) context.drawImage(photo.before, 0, 0, width, height);
    if (this.shows.result && photo.result) context.drawImage(photo.result, 0, 0, width, height);
    if (this.shows.marks) this.drawMarks(context, photo.marks);
    if (this.cross) this.drawCross(context);
  }

  drawMarks(context, marks) {
    context.globalAlpha = 0.6;
    context.drawImage(marks.layer, 0, 0);
    context.globalAlpha = 1;
    context.lineCap = context.lineJoin = "round";
    for (const step of [...marks.current, ...(this.step ? [this.step] : [])]) {
      if (step.kind === "box") {
        const [x0, y0, x1, y1] = step.box;
        for (const [color, width] of [["rgb(0 0 0 / 60%)", 5], ["rgb(255 200 0)", 2.5]]) {
          context.strokeStyle = color;
          context.lineWidth = width / this.scale;
          context.strokeRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
        }
      } else if (step.kind === "point") {
        this.disc(context, step.point, 7 / this.scale, "rgb(0 0 0 / 60%)");
        this.disc(context, step.point, 5 / this.scale, "rgb(255 200 0)");
      } else if (step.kind === "scribble" || step === this.step) {
        context.strokeStyle = step.kind === "erase" ? "rgb(255 255 255 / 70%)" : "rgb(255 200 0 / 80%)";
        context.lineWidth = step.size;
        context.beginPath();
        context.moveTo(...step.points[0]);
        for (const point of step.points) context.lineTo(...point);
        context.stroke();
      }
    }
  }

  disc(context, point, radius, color) {
    context.fillStyle = color;
    context.beginPath();
    context.arc(...point, radius, 0, 2 * Math.PI);
    context.fill();
  }

  drawCross(context) {
    const [x, y] = this.cross, arm = 14 / this.scale;
    for (const [color, width] of [["rgb(0 0 0)", 4], ["rgb(255 255 255)", 2]]) {
      context.strokeStyle = color;
      context.lineWidth = width / this.scale;
      context.beginPath();
      context.moveTo(x - arm, y);
      context.lineTo(x + arm, y);
      context.moveTo(x, y - arm);
      context.lineTo(x, y + arm);
      context.stroke();
    }
  }

  /** The place in the frame, moved into it. */
  place(event) {
    const { width, height } = this.photo.frame;
    const inside = (value, most) => Math.min(Math.max(value, 0), most);
    return [inside((event.offsetX - this.left) / this.scale, width), inside((event.offsetY - this.top) / this.scale, height)];
  }

  down(event) {
    if (!this.photo) return;
    this.cross = null;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    if (this.pointers.size > 1) { this.step = null; this.draw(); return; }
    if (this.tool !== "move" && event.button === 0) this.begin(this.place(event));
  }

  moved(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before || !this.photo) return;
    if (this.pointers.size === 2) {
      const other = [...this.pointers.values()].find((pointer) => pointer.pointerId !== event.pointerId);
      const span = (pointer) => Math.hypot(pointer.offsetX - other.offsetX, pointer.offsetY - other.offsetY);
      this.left += (event.offsetX - before.offsetX) / 2;
      this.top += (event.offsetY - before.offsetY) / 2;
      this.zoom(span(event) / Math.max(span(before), 1), (event.offsetX + other.offsetX) / 2, (event.offsetY + other.offsetY) / 2);
    } else if (this.step) {
      this.extend(this.place(event));
    } else if (this.tool === "move" || before.buttons === 4) {
      this.left += event.offsetX - before.offsetX;
      this.top += event.offsetY - before.offsetY;
      this.draw();
    }
    this.pointers.set(event.pointerId, event);
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    if (event.type === "pointercancel") this.step = null;
    this.finish();
  }

  begin(place) {
    const { tool, size } = this;
    if (tool === "box") this.step = { kind: "box", box: [...place, ...place] };
    else if (tool === "point") this.step = { kind: "point", point: place };
    else this.step = { kind: tool, points: [place], size: tool === "scribble" ? Math.max(2, size / 4) : size };
    this.draw();
  }

  extend(place) {
    const step = this.step;
    if (step.kind === "box") step.box = [step.box[0], step.box[1], ...place];
    else if (step.kind === "point") step.point = place;
    else if (Math.hypot(place[0] - step.points.at(-1)[0], place[1] - step.points.at(-1)[1]) >= 1) step.points.push(place);
    this.draw();
  }

  finish() {
    const step = this.step;
    this.step = null;
    if (!step) return;
    const isTiny = step.kind === "box" && (Math.abs(step.box[2] - step.box[0]) < 2 || Math.abs(step.box[3] - step.box[1]) < 2);
    if (isTiny) this.events.say("The box is too small. Drag from one corner to the other.");
    else this.events.stroke(step);
    this.draw();
  }

  key(event) {
    if (!this.photo || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const { width, height } = this.photo.frame;
    if (event.key in arrows) {
      const [x, y] = this.cross ?? [width / 2, height / 2], far = event.shiftKey ? 25 : 4;
      const next = [x + arrows[event.key][0] * far, y + arrows[event.key][1] * far];
      this.cross = [Math.min(Math.max(next[0], 0), width), Math.min(Math.max(next[1], 0), height)];
      if (this.step) this.extend(this.cross);
      this.events.say(`${Math.round(this.cross[0])} across, ${Math.round(this.cross[1])} down`);
    } else if (event.key === "Enter" || event.key === " ") {
      this.cross ??= [width / 2, height / 2];
      if (this.step) this.finish();
      else if (this.tool !== "move") {
        this.begin(this.cross);
        if (this.tool === "point") this.finish();
        else this.events.say(this.tool === "box" ? "First corner" : "Pen down");
      }
    } else if (event.key === "Escape") {
      this.step = null;
    } else return;
    event.preventDefault();
    this.draw();
  }
}
