// The paper: strokes by finger, pen, mouse or keys, over an opened picture. Calls `changed` after every change.

const PEN = 40; // width of a stroke on a paper of 560: about that of MNIST's digits
const STEP = 14; // distance that an arrow key moves the pen
const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

export class Paper {
  constructor(canvas, cursor, changed) {
    Object.assign(this, { canvas, cursor, changed });
    this.sheet = canvas.getContext("2d", { willReadFrequently: true });
    this.pen = { x: canvas.width / 2, y: canvas.height / 2, down: false };
    this.clear();
    canvas.addEventListener("pointerdown", (event) => this.touch(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("keydown", (event) => this.press(event));
    canvas.addEventListener("focus", () => this.showPen());
    canvas.addEventListener("blur", () => this.lift());
  }

  get empty() {
    return !this.strokes.length && !this.picture && !this.file;
  }

  /** The paper as a file: the opened file itself if no stroke was added to it. */
  content() {
    if (this.file && !this.strokes.length) return Promise.resolve(this.file);
    return new Promise((resolve) => this.canvas.toBlob(resolve, "image/png"));
  }

  clear() {
    this.strokes = []; // each a list of points [x, y]
    this.picture = this.file = null;
    this.end();
  }

  undo() {
    if (this.strokes.length) this.strokes.pop();
    else this.picture = this.file = null;
    this.end();
  }

  /** End the current stroke. */
  end() {
    this.drawing = this.pen.down = false;
    this.update();
  }

  async open(file) {
    const picture = await createImageBitmap(file).catch(() => null); // the server may read formats that the browser cannot show
    Object.assign(this, { strokes: [], picture, file });
    this.end();
  }

  begin(point) {
    this.strokes.push([point]);
    this.drawing = true;
    this.update();
  }

  extend(points) {
    if (!this.drawing) return;
    this.strokes.at(-1).push(...points);
    this.update();
  }

  update() {
    const { canvas, sheet } = this;
    sheet.fillStyle = "#fff";
    sheet.fillRect(0, 0, canvas.width, canvas.height);
    if (this.picture) this.place(this.picture);
    Object.assign(sheet, { strokeStyle: "#000", lineWidth: PEN, lineCap: "round", lineJoin: "round" });
    for (const points of this.strokes) {
      sheet.beginPath();
      sheet.moveTo(...points[0]);
      for (const point of points) sheet.lineTo(...point);
      sheet.stroke();
    }
    this.changed(this);
  }

  /** Draw `picture` as large as fits, in the middle. */
  place(picture) {
    const { width, height } = this.canvas;
    const scale = Math.min(width / picture.width, height / picture.height);
    const [wide, high] = [picture.width * scale, picture.height * scale];
    this.sheet.drawImage(picture, (width - wide) / 2, (height - high) / 2, wide, high);
  }

  // Finger, pen, mouse

  position(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  touch(event) {
    if (!event.isPrimary || event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.begin(this.position(event));
  }

  move(event) {
    if (!event.isPrimary || !this.canvas.hasPointerCapture(event.pointerId)) return;
    const between = event.getCoalescedEvents?.() ?? []; // missing over plain HTTP from another machine
    this.extend((between.length ? between : [event]).map((it) => this.position(it)));
  }

  // Keyboard

  press(event) {
    const { pen, canvas } = this;
    if (event.key in MOVES) {
      pen.x = Math.min(canvas.width, Math.max(0, pen.x + MOVES[event.key][0]));
      pen.y = Math.min(canvas.height, Math.max(0, pen.y + MOVES[event.key][1]));
      if (pen.down) this.extend([[pen.x, pen.y]]);
    } else if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) this.begin([pen.x, pen.y]);
    } else return;
    event.preventDefault();
    this.showPen();
  }

  showPen() {
    const { pen, cursor, canvas } = this;
    cursor.hidden = !canvas.matches(":focus-visible");
    cursor.classList.toggle("down", pen.down);
    cursor.style.left = `${(100 * pen.x) / canvas.width}%`;
    cursor.style.top = `${(100 * pen.y) / canvas.height}%`;
  }

  lift() {
    this.pen.down = false;
    this.cursor.hidden = true;
  }
}
