/** The paper: strokes of mouse, pen and finger, and their picture. */

const PEN = 26; // of 560 pixels

export class Paper {
  /** @param change called when a stroke has grown or gone */
  constructor(canvas, change) {
    this.canvas = canvas;
    this.change = change;
    this.strokes = [];
    this.context = canvas.getContext("2d");
    Object.assign(this.context, { lineWidth: PEN, lineCap: "round", lineJoin: "round", strokeStyle: "#17212b" });
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.goOn(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (this.pointer = null));
  }

  begin(event) {
    if (event.button > 0 || this.pointer != null) return;
    if (this.photo) this.clear(false);
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.strokes.push([this.place(event)]);
    this.redraw();
    event.preventDefault();
  }

  goOn(event) {
    if (event.pointerId !== this.pointer) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) this.strokes.at(-1).push(this.place(each));
    this.redraw();
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
    this.change();
  }
}
