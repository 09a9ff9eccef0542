// How the paper is drawn on: by pen, finger, mouse or keys. One of them at a time, and a pen before a finger.

const STEP = 1 / 40; // of the paper's height, by which an arrow key moves the pen
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PALM = 1000; // milliseconds after a pen was seen in which touches are taken for the palm

export class Input {
  constructor(paper, cursor) {
    const { canvas } = paper;
    Object.assign(this, { paper, canvas, cursor, place: [canvas.width / 2, canvas.height / 2], down: false });
    this.active = null; // the pointer that draws
    this.penIsNear = false;
    this.penSeen = -Infinity;
    const react = {
      pointerdown: this.start, pointermove: this.move, pointerup: this.stop, pointercancel: this.revoke,
      pointerenter: this.watchPen, pointerleave: this.watchPen,
      keydown: this.press, focus: this.showCursor, blur: this.lift,
    };
    for (const [name, reaction] of Object.entries(react)) canvas.addEventListener(name, reaction.bind(this));
  }

  start(event) {
    const pen = event.pointerType === "pen";
    this.watchPen(event);
    if (event.button || (event.pointerType === "touch" && this.isPalm(event))) return;
    if (this.active && (this.active.isPen || !pen)) return;
    if (this.active) this.paper.cancel(); // what a palm drew before the pen came down
    this.canvas.setPointerCapture(event.pointerId);
    this.active = { id: event.pointerId, isPen: pen };
    this.down = false;
    this.paper.begin(this.position(event));
  }

  move(event) {
    this.watchPen(event);
    if (event.pointerId !== this.active?.id) return;
    const between = event.getCoalescedEvents?.() ?? []; // missing over plain HTTP from another machine
    this.paper.extend((between.length ? between : [event]).map((it) => this.position(it)));
  }

  stop(event) {
    this.watchPen(event);
    if (event.pointerId !== this.active?.id) return;
    this.active = null;
    this.paper.end();
  }

  /** The system took the pointer away: it was a palm or a gesture. */
  revoke(event) {
    this.watchPen(event);
    if (event.pointerId !== this.active?.id) return;
    this.active = null;
    this.paper.cancel();
  }

  watchPen({ pointerType, type, timeStamp }) {
    if (pointerType !== "pen") return;
    this.penIsNear = type !== "pointerleave";
    this.penSeen = timeStamp;
  }

  isPalm({ timeStamp }) {
    return this.penIsNear || timeStamp - this.penSeen < PALM;
  }

  position(event) {
    const { canvas } = this;
    const box = canvas.getBoundingClientRect();
    const side = (at, start, length) => (at - start - canvas.clientLeft) / (length - 2 * canvas.clientLeft);
    return [canvas.width * side(event.clientX, box.left, box.width), canvas.height * side(event.clientY, box.top, box.height)];
  }

  // Keyboard

  press(event) {
    const { paper, canvas } = this;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in MOVES) {
      const sides = [canvas.width, canvas.height];
      const step = STEP * canvas.height;
      this.place = this.place.map((at, axis) => Math.min(sides[axis], Math.max(0, at + step * MOVES[event.key][axis])));
      if (this.down) paper.extend([this.place]);
    } else if (event.key === " ") {
      this.down = !(this.down && paper.drawing);
      if (this.down) paper.begin(this.place);
      else paper.end();
    } else return;
    event.preventDefault();
    this.showCursor();
  }

  showCursor() {
    const { paper, cursor, canvas, place } = this;
    this.down &&= paper.drawing; // what was undone or cleared is not continued
    cursor.hidden = !canvas.matches(":focus-visible");
    cursor.classList.toggle("down", this.down);
    cursor.style.width = `${(100 * paper.pen) / canvas.width}%`;
    cursor.style.left = `${(100 * place[0]) / canvas.width}%`;
    cursor.style.top = `${(100 * place[1]) / canvas.height}%`;
  }

  lift() {
    if (this.down) this.paper.end();
    this.down = false;
    this.cursor.hidden = true;
  }
}
