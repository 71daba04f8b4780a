/** Pictures of the plane: what a unit answers everywhere, and the points that it learns from. */

import { featuresOf } from "./features.js";

const SIDE = 50; // points along an axis of a surface
const REACH = 6; // the plane goes from -6 to 6
const LOW = [245, 147, 34]; // orange: class 0, negative
const HIGH = [8, 119, 189]; // blue: class 1, positive

/** Return what the features are at each point of the plane: x[feature][point], row by row from the top. */
export function plane(names) {
  const along = Array.from({ length: SIDE }, (_, n) => ((n + 0.5) / SIDE) * 2 * REACH - REACH);
  const first = along.flatMap(() => along);
  const second = along.toReversed().flatMap((b) => along.map(() => b));
  return featuresOf(names, first, second);
}

/** Paint the answers of a unit; `middle` of them is neutral, `middle + reach` is the fullest blue. */
export function paint(canvas, values, { middle = 0, reach = 1, inClasses = false } = {}) {
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  const pixels = new Uint32Array(image.data.buffer);
  const colours = palette();
  for (let n = 0; n < values.length; n++) {
    const part = Math.max(-1, Math.min(1, (values[n] - middle) / reach));
    pixels[n] = inClasses ? colours[part >= 0 ? 232 : 24] : colours[Math.round((part + 1) * 128)];
  }
  context.putImageData(image, 0, 0);
}

/** Draw points at their places: filled those to learn from, hollow those to test with. */
export function drawPoints(canvas, rows, { withTest, isRegression }) {
  const side = (canvas.width = canvas.height = canvas.clientWidth * devicePixelRatio || 600);
  const context = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  const place = (value) => ((value + REACH) / (2 * REACH)) * side;
  const draw = (part, hollow) => {
    part.t.forEach((t, r) => {
      const colour = `rgb(${mixed(isRegression ? t : 2 * t - 1).join()})`;
      context.beginPath();
      context.arc(place(part.a[r]), side - place(part.b[r]), side / 90, 0, 2 * Math.PI);
      context.fillStyle = hollow ? style.getPropertyValue("--paper") : colour;
      context.fill();
      context.lineWidth = side / 220;
      context.strokeStyle = hollow ? colour : style.getPropertyValue("--paper");
      context.stroke();
    });
  };
  draw(rows.train, false);
  if (withTest) draw(rows.test, true);
}

/** Return the colour of a value from -1 to 1, as three numbers. */
export function mixed(value, neutral = [232, 234, 235]) {
  const part = Math.max(-1, Math.min(1, value));
  const end = part < 0 ? LOW : HIGH;
  return neutral.map((from, n) => Math.round(from + (end[n] - from) * Math.abs(part)));
}

let known;

function palette() {
  known ??= Uint32Array.from({ length: 257 }, (_, n) => {
    const [red, green, blue] = mixed((n - 128) / 128);
    return (255 << 24) | (blue << 16) | (green << 8) | red; // the order of bytes in an image
  });
  return known;
}
