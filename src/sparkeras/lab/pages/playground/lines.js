/** The weights as lines between units: blue adds, orange takes away, thickness tells how much. */

const THICKEST = 8;

/** Draw a line for each weight; `columns[layer][unit]` are the elements that the lines connect. */
export function drawLines(canvas, columns, layers) {
  const frame = canvas.getBoundingClientRect();
  const ratio = devicePixelRatio || 1;
  const [width, height] = [Math.round(frame.width * ratio), Math.round(frame.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, frame.width, frame.height);
  const boxes = columns.map((column) => column.map((element) => element.getBoundingClientRect()));
  layers.forEach(({ w, units }, n) => {
    boxes[n].forEach((from, i) => {
      boxes[n + 1].forEach((to, u) => line(context, frame, from, to, w[i * units + u]));
    });
  });
}

function line(context, frame, from, to, weight) {
  const [x1, y1] = [from.right - frame.left, from.top + from.height / 2 - frame.top];
  const [x2, y2] = [to.left - frame.left, to.top + to.height / 2 - frame.top];
  const bend = (x2 - x1) / 2;
  context.beginPath();
  context.moveTo(x1, y1);
  context.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
  context.lineWidth = Math.min(THICKEST, 0.4 + 2 * Math.abs(weight));
  context.strokeStyle = weight < 0 ? "rgb(245 147 34 / 85%)" : "rgb(8 119 189 / 85%)";
  context.stroke();
}
