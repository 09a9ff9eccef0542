// The paper: strokes, or an opened picture with a frame around what is read of it. Every change can be undone.
import { crop, encode, open } from "./pictures.js";

const SHEETS = { // the pen's width is about that of MNIST's digits
  one: { width: 560, height: 560, pen: 40 },
  several: { width: 1120, height: 700, pen: 24 },
};
const EMPTY = { strokes: [], picture: null, frame: null };
const UNDOS = 100; // changes that can be undone; each may hold a picture
const LEAST = 0.03; // sides of a frame, as shares of the picture's; a smaller one is a tap, which removes it

export class Paper {
  /** `changed(replaced)` is called after each change; `replaced` unless a stroke grew. */
  constructor(canvas, changed) {
    Object.assign(this, { canvas, changed, state: EMPTY, past: [], future: [], drawing: false });
    this.sheet = SHEETS.one;
    this.factor = 1; // of the pen's width
    this.opened = 0;
  }

  get empty() {
    return !this.state.strokes.length && !this.state.picture;
  }

  get pen() {
    return this.sheet.pen * this.factor;
  }

  /** What is to be read, as a file. */
  content() {
    const { picture, frame } = this.state;
    if (!picture) return encode(this.canvas, "image/png");
    return frame ? crop(picture, sides(frame)) : Promise.resolve(picture.file);
  }

  /** Take a sheet for "one" digit or "several"; what is on the paper stays, as large as fits. */
  turnTo(name) {
    this.end();
    this.sheet = SHEETS[name];
    this.canvas.width = this.sheet.width;
    this.canvas.height = this.sheet.height;
    this.update(true);
  }

  change(state) {
    this.opened++; // a picture that is still being opened comes too late
    this.past = [...this.past.slice(1 - UNDOS), this.state];
    this.future = [];
    this.state = state;
  }

  clear() {
    this.drawing = false;
    if (!this.empty) this.change(EMPTY);
    else this.opened++;
    this.update(true);
  }

  undo() {
    this.step(this.past, this.future);
  }

  redo() {
    this.step(this.future, this.past);
  }

  step(from, to) {
    this.end();
    if (!from.length) return;
    this.opened++;
    to.push(this.state);
    this.state = from.pop();
    this.update(true);
  }

  async open(file) {
    const turn = ++this.opened;
    const picture = await open(file);
    if (turn !== this.opened) return; // another was opened since, or the paper changed
    this.drawing = false;
    this.change({ ...EMPTY, picture });
    this.update(true);
  }

  /** Begin a stroke or, on a picture, a frame. */
  begin(point) {
    const { strokes, picture } = this.state;
    if (picture && !picture.image) return;
    if (picture) this.change({ ...this.state, frame: [this.share(point), this.share(point)] });
    else this.change({ ...EMPTY, strokes: [...strokes, { points: [point], pen: this.pen, sheet: this.sheet }] });
    this.drawing = true;
    this.grow();
  }

  extend(points) {
    if (!this.drawing) return;
    if (this.state.picture) this.state.frame[1] = this.share(points.at(-1));
    else this.state.strokes.at(-1).points.push(...points);
    this.grow();
  }

  grow() {
    if (this.state.picture) paint(this.canvas, this.state); // is read when the frame is complete
    else this.update(false);
  }

  end() {
    if (this.drawing && this.state.picture) {
      const { left, top, right, bottom } = sides(this.state.frame);
      if (Math.min(right - left, bottom - top) < LEAST) {
        if (!this.past.at(-1).frame) return this.cancel();
        this.state.frame = null;
      }
      this.update(true);
    }
    this.drawing = false;
  }

  /** Take the current stroke back, as if it had not begun. */
  cancel() {
    if (!this.drawing) return;
    this.drawing = false;
    this.state = this.past.pop();
    this.update(true);
  }

  update(replaced) {
    paint(this.canvas, this.state);
    this.changed(replaced);
  }

  /** A point of the paper in shares of the sides of the picture. */
  share(point) {
    const { image } = this.state.picture;
    const { scale, x, y } = fit(image, this.canvas);
    const place = [(point[0] - x) / (scale * image.width), (point[1] - y) / (scale * image.height)];
    return place.map((share) => Math.min(1, Math.max(0, share)));
  }
}

/** Paint `strokes`, `picture` and `frame` on `canvas`. */
function paint(canvas, { strokes, picture, frame }) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  if (picture?.image) paintPicture(context, picture.image, frame);
  Object.assign(context, { strokeStyle: "#000", lineCap: "round", lineJoin: "round" });
  for (const { points, pen, sheet } of strokes) {
    const { scale, x, y } = fit(sheet, canvas);
    context.lineWidth = pen * scale;
    context.beginPath();
    const [left, top] = points[0]; // without a length, even of a dot, nothing is painted
    for (const point of [[left - 0.01, top], ...points]) context.lineTo(x + scale * point[0], y + scale * point[1]);
    context.stroke();
  }
}

function paintPicture(context, image, frame) {
  const { scale, x, y } = fit(image, context.canvas);
  const [width, height] = [scale * image.width, scale * image.height];
  context.imageSmoothingQuality = "high";
  context.drawImage(image, x, y, width, height);
  if (!frame) return;
  const { left, top, right, bottom } = sides(frame);
  const inner = [x + left * width, y + top * height, (right - left) * width, (bottom - top) * height];
  context.fillStyle = "#0009";
  context.beginPath();
  context.rect(x, y, width, height);
  context.rect(...inner);
  context.fill("evenodd");
  Object.assign(context, { strokeStyle: "#60a5fa", lineWidth: 4, lineJoin: "miter" });
  context.strokeRect(...inner);
}

/** Where something with a `width` and a `height` is placed on `canvas`: as large as fits, in the middle. */
function fit({ width, height }, canvas) {
  const scale = Math.min(canvas.width / width, canvas.height / height);
  return { scale, x: (canvas.width - scale * width) / 2, y: (canvas.height - scale * height) / 2 };
}

/** The sides of a frame between two opposite corners [x, y]. */
function sides([start, end]) {
  const [left, right] = [start[0], end[0]].sort((a, b) => a - b);
  const [top, bottom] = [start[1], end[1]].sort((a, b) => a - b);
  return { left, top, right, bottom };
}
