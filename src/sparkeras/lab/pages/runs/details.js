/** A finished run: its figure, curves, layers, pictures, and its mistakes to click through. */

import { ask } from "../house.js";
import { figure, make, paintPixels, table, wide } from "../dom.js";
import { charts, colourOf } from "./curves.js";

/** Show several runs side by side: curves one over the other, and their settings in columns. */
export async function showSeveral(place, names) {
  const runs = await Promise.all(names.map((name) => ask(`/api/runs/${encodeURIComponent(name)}`)));
  const legend = runs.map(({ name }, n) => {
    const mark = make("span", { className: "mark" });
    mark.style.setProperty("background", colourOf(n));
    return make("li", {}, mark, name);
  });
  place.replaceChildren(
    make("h2", {}, "Side by side"),
    make("ul", { className: "legend" }, ...legend),
    make("div", { className: "charts" }, ...charts(runs)),
    wide("The runs' settings and figures", table(["", ...names], comparison(runs))),
  );
}

function comparison(runs) {
  const told = {
    data: ({ data }) => data.name,
    model: ({ model }) => model.name,
    parameters: ({ parameters }) => figure(parameters),
    "seconds in epochs": ({ seconds }) => figure(seconds.epochs),
  };
  for (const { figures } of runs) for (const name of Object.keys(figures.test)) told[`test ${name}`] = (run) => figure(run.figures.test[name]);
  for (const { settings } of runs) for (const name of Object.keys(settings)) told[name] ??= (run) => run.settings[name] ?? "–";
  return Object.entries(told).map(([name, of]) => [name, ...runs.map(of)]);
}

/** Show all of one run. */
export async function showOne(place, name) {
  const at = `/api/runs/${encodeURIComponent(name)}`;
  const run = await ask(at);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches ? 1 : 0;
  const tested = Object.entries(run.figures.test).map(([what, value]) => `${what} ${figure(value)}`).join(", ");
  const mistakes = make("section", { className: "mistakes" });
  place.replaceChildren(
    make("h2", {}, name),
    make("p", {}, `${run.model.name} on ${run.data.name}: ${tested} on ${figure(run.data.test_rows)} test rows. `,
      make("a", { href: `${at}/files/report.html` }, "Report")),
    make("div", { className: "charts" }, ...charts([run])),
    mistakes,
    make("h3", {}, "Layers"),
    wide("Layers", table(["name", "type", "output", "parameters"], (run.model.layers ?? []).map(layerRow))),
    make("details", { className: "card" }, make("summary", {}, "Diagram"),
      make("img", { src: `${at}/diagram.png?dark=${dark}`, alt: `The layers of ${run.model.name} and how they are connected`, loading: "lazy" })),
    make("details", { className: "card" }, make("summary", {}, "Settings and versions"),
      table(["", ""], Object.entries({ ...run.settings, ...run.versions }).map(([what, value]) => [what, value ?? "–"]))),
  );
  if (run.data.task === "classification") showMistakes(mistakes, at);
}

const layerRow = ({ name, type, output_shape: shape, parameters }) => [name, type, shape?.join(" x ") ?? "–", figure(parameters)];

async function showMistakes(place, at) {
  place.replaceChildren(make("h3", {}, "Mistakes"), make("p", {}, "The model predicts the test rows once more …"));
  try {
    const { classes, matrix, rows, mistakes } = await ask(`${at}/mistakes`);
    const tiles = make("div", { className: "tiles", "aria-live": "polite" });
    const show = (label, predicted) => showTiles(tiles, classes, mistakes, label, predicted);
    place.replaceChildren(
      make("h3", {}, "Mistakes"),
      make("p", { className: "note" }, `Of ${figure(rows)} test rows: a line per true class, a column per predicted class. Press a number to see these rows.`),
      wide("Confusion matrix", matrixTable(classes, matrix, show)),
      tiles,
    );
    show();
  } catch (error) {
    place.replaceChildren(make("p", { className: "note" }, error.message));
  }
}

function matrixTable(classes, matrix, show) {
  const most = Math.max(1, ...matrix.flatMap((line, label) => line.filter((_, predicted) => predicted !== label)));
  const cell = (count, label, predicted) => {
    if (!count || label === predicted) return String(count || "");
    const button = make("button", { type: "button", className: "count" }, String(count));
    button.setAttribute("aria-label", `${count} of ${classes[label]} were predicted to be ${classes[predicted]}`);
    button.style.setProperty("--part", 0.15 + (0.6 * count) / most);
    button.addEventListener("click", () => show(label, predicted));
    return button;
  };
  const rows = matrix.map((line, label) => [classes[label], ...line.map((count, predicted) => cell(count, label, predicted))]);
  return table(["", ...classes], rows, { className: "matrix" });
}

function showTiles(place, classes, mistakes, label, predicted) {
  const chosen = label === undefined ? mistakes : mistakes.filter((each) => each.label === label && each.predicted === predicted);
  place.replaceChildren(...chosen.slice(0, 60).map((each) => tile(classes, each)));
  if (!chosen.length) place.append(label === undefined ? "No mistakes." : "These rows are not among the surest mistakes.");
}

function tile(classes, { label, predicted, probability, shape, pixels, numbers }) {
  const words = `${classes[label]}, predicted ${classes[predicted]} (${Math.round(100 * probability)} %)`;
  const box = make("figure", { className: "tile" });
  if (pixels) {
    const canvas = make("canvas", { className: "pixels", role: "img", "aria-label": words });
    paintPixels(canvas, shape, pixels);
    box.append(canvas);
  } else box.append(make("code", {}, numbers.map((each) => figure(each, 3)).join(", ")));
  box.append(make("figcaption", {}, words));
  return box;
}
