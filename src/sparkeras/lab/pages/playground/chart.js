/** The loss after each epoch, of training rows and test rows, as two curves. */

/** Draw the curves of a training; both axes begin at 0. */
export function drawChart(canvas, curve) {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  Object.assign(canvas, { width: width * ratio, height: height * ratio });
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const top = Math.max(1e-9, ...curve.slice(0, 400).flatMap(({ train, test }) => finite([train.loss, test.loss])));
  const last = Math.max(1, curve.at(-1).epoch);
  for (const [part, colour, dash] of [["test", "--ink-soft", [5, 3]], ["train", "--ink", []]]) {
    context.beginPath();
    for (const now of curve) {
      context.lineTo((now.epoch / last) * (width - 2) + 1, height - 2 - (now[part].loss / top) * (height - 6));
    }
    context.setLineDash(dash);
    context.lineWidth = 2;
    context.strokeStyle = style.getPropertyValue(colour);
    context.stroke();
  }
}

const finite = (values) => values.filter(Number.isFinite);
