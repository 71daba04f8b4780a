/** The paper: strokes of mouse, pen and finger, and their picture. `pen` is where the keyboard's pen is, if it is used. */

const PEN = 26; // of 560 pixels
const INK = "#17212b";

export class Paper {
  /** @param change called when a stroke has grown or gone */
  constructor(canvas, change) {
    this.canvas = canvas;
    this.change = change;
    this.strokes = [];
    this.context = canvas.getContext("2d");
    Object.assign(this.context, { lineWidth: PEN, lineCap: "round", lineJoin: "round", strokeStyle: INK });
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.goOn(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (this.pointer = null));
  }

  begin(event) {
    if (event.button > 0 || this.pointer != null) return;
    this.startStroke(this.place(event));
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.focus({ preventScroll: true });
    event.preventDefault();
  }

  startStroke(point) {
    if (this.photo) this.clear(false);
    this.strokes.push([point]);
    this.redraw();
  }

  extendStroke(points) {
    this.strokes.at(-1).push(...points);
    this.redraw();
  }

  goOn(event) {
    if (event.pointerId !== this.pointer) return;
    this.extendStroke((event.getCoalescedEvents?.() ?? [event]).map((each) => this.place(each)));
  }

  place(event) {
    const frame = this.canvas.getBoundingClientRect();
    return [
      ((event.clientX - frame.left) / frame.width) * this.canvas.width,
      ((event.clientY - frame.top) / frame.height) * this.canvas.height,
    ];
  }

  undo() {
    this.pointer = this.photo = null;
    this.strokes.pop();
    this.redraw();
  }

  clear(tell = true) {
    this.pointer = this.photo = null; // what is left of a stroke in the game is not the next digit's
    this.strokes = [];
    if (tell) this.redraw();
  }

  /** Show a photo in place of strokes. */
  show(image, file) {
    this.strokes = [];
    this.photo = { image, file };
    this.redraw();
  }

  get isEmpty() {
    return !this.strokes.length && !this.photo;
  }

  redraw() {
    this.paint();
    this.change();
  }

  paint() {
    const { context, canvas } = this;
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (this.photo) {
      const { image } = this.photo;
      const scale = Math.min(canvas.width / image.width, canvas.height / image.height);
      const [width, height] = [image.width * scale, image.height * scale];
      context.drawImage(image, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
    }
    for (const stroke of this.strokes) {
      context.beginPath();
      context.moveTo(...stroke[0]);
      for (const point of stroke.length > 1 ? stroke : [stroke[0]]) context.lineTo(...point);
      context.stroke();
    }
    if (this.pen) {
      context.beginPath();
      context.arc(...this.pen, PEN / 2, 0, 2 * Math.PI);
      context.save();
      Object.assign(context, { lineWidth: 3, strokeStyle: "#0b5f94" });
      context.stroke();
      context.restore();
    }
  }
}
