/** The paper by keyboard: arrow keys move the pen, the space bar sets it down or lifts it. */

const STEP = 14; // of 560 pixels
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Let a Paper be drawn on by keys; `tell` says in words what the pen does. */
export function drawByKeys(paper, tell) {
  const { canvas } = paper;
  let isDown = false;
  canvas.addEventListener("keydown", (event) => {
    if (event.key !== " " && !WAYS[event.key]) return;
    event.preventDefault();
    paper.pen ??= [canvas.width / 2, canvas.height / 2];
    if (event.key === " ") {
      isDown = !isDown;
      if (isDown) paper.startStroke(paper.pen);
      else paper.redraw();
      tell(isDown ? "The pen is down: arrow keys draw." : "The pen is up: arrow keys move it.");
      return;
    }
    const [right, down] = WAYS[event.key];
    paper.pen = [inside(paper.pen[0] + STEP * right, canvas.width), inside(paper.pen[1] + STEP * down, canvas.height)];
    if (isDown && paper.strokes.length) paper.extendStroke([paper.pen]);
    else paper.paint();
  });
  canvas.addEventListener("blur", () => {
    isDown = false;
    paper.pen = null;
    paper.paint();
  });
}

const inside = (place, end) => Math.min(Math.max(place, 0), end);
