/** Curves over epochs, as pictures that scale: one chart per figure, a line per run; validation is dashed. */

const SIZE = { width: 420, height: 220, left: 52, bottom: 28, top: 8, right: 8 };
const COLOURS = ["#0877bd", "#d9640a", "#2a8a4a", "#8a4fb0", "#a8201a", "#5c6b73"];
const SVG = "http://www.w3.org/2000/svg";

/** Return a chart for each figure that any of the runs has; `runs` are {name, history: {figure: [per epoch]}}. */
export function charts(runs) {
  const figures = [...new Set(runs.flatMap(({ history }) => Object.keys(history)))];
  return figures.filter((name) => name !== "seconds" && !name.startsWith("val_")).map((name) => chart(name, runs));
}

export const colourOf = (n) => COLOURS[n % COLOURS.length];

function chart(name, runs) {
  const lines = runs.flatMap(({ name: run, history }, n) => [
    { run, values: history[name] ?? [], colour: colourOf(n), dash: "" },
    { run, values: history[`val_${name}`] ?? [], colour: colourOf(n), dash: "5 4" },
  ]);
  const all = lines.flatMap(({ values }) => values).filter(Number.isFinite);
  const [low, high] = range(all);
  const last = Math.max(2, ...lines.map(({ values }) => values.length));
  const x = (epoch) => SIZE.left + ((epoch - 1) / (last - 1)) * (SIZE.width - SIZE.left - SIZE.right);
  const y = (value) => SIZE.height - SIZE.bottom - ((value - low) / (high - low)) * (SIZE.height - SIZE.bottom - SIZE.top);
  const picture = element("svg", { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, class: "chart", role: "img" });
  picture.append(titled(name, lines));
  for (const value of [low, (low + high) / 2, high]) {
    picture.append(element("line", { x1: SIZE.left, x2: SIZE.width - SIZE.right, y1: y(value), y2: y(value), class: "grid" }));
    picture.append(text(SIZE.left - 6, y(value) + 4, Number(value.toPrecision(3)), "end"));
  }
  for (const epoch of new Set([1, Math.ceil(last / 2), last])) picture.append(text(x(epoch), SIZE.height - 8, epoch, "middle"));
  for (const { values, colour, dash } of lines) {
    const points = values.map((value, n) => (Number.isFinite(value) ? `${x(n + 1)},${y(value)}` : "")).join(" ");
    picture.append(element("polyline", { points, stroke: colour, "stroke-dasharray": dash, class: "curve" }));
  }
  const box = document.createElement("figure");
  box.append(Object.assign(document.createElement("figcaption"), { textContent: name }), picture);
  return box;
}

function range(values) {
  if (!values.length) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

function titled(name, lines) {
  const drawn = lines.filter(({ values }) => values.length);
  const words = drawn.map(({ run, values, dash }) => `${run}${dash ? ", validation" : ""}: ${values.at(-1)}`);
  return Object.assign(element("title"), { textContent: `${name} over epochs; last values: ${words.join("; ")}` });
}

function text(x, y, words, anchor) {
  return Object.assign(element("text", { x, y, "text-anchor": anchor }), { textContent: words });
}

function element(tag, attributes = {}) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
