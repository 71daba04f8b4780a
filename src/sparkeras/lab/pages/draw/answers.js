/** What the network says, as bars and pictures. */

import { make, paintPixels } from "../dom.js";

/** Show a bar for each class; the bars stay where they are, so that the eye can follow them. */
export function showBars(place, { classes, probabilities }) {
  if (place.children.length !== classes.length || place.firstChild?.firstChild.textContent !== classes[0]) {
    place.replaceChildren(...classes.map(bar));
  }
  const best = probabilities.indexOf(Math.max(...probabilities));
  [...place.children].forEach((line, n) => {
    line.children[1].value = probabilities[n];
    line.children[2].textContent = `${(100 * probabilities[n]).toFixed(1)} %`;
    line.classList.toggle("best", n === best);
  });
  return { name: classes[best], sure: probabilities[best] };
}

function bar(name) {
  const meter = make("meter", { min: 0, max: 1, value: 0, "aria-label": `probability of ${name}` });
  return make("li", {}, make("span", {}, name), meter, make("span", {}, "0.0 %"));
}

export function showSeen(canvas, { shape, pixels }) {
  paintPixels(canvas, shape, pixels);
}

/** Show what fired in each layer; canvases are kept from one answer to the next. */
export function showLayers(place, layers) {
  if (place.dataset.names !== layers.map(({ name }) => name).join()) {
    place.dataset.names = layers.map(({ name }) => name).join();
    place.replaceChildren(...layers.map(section));
  }
  layers.forEach(({ shape: [, ...size], maps }, n) => {
    const canvases = place.children[n].querySelectorAll("canvas");
    maps.forEach((map, m) => paintPixels(canvases[m], size, map));
  });
}

function section({ name, kind, shape: [count, height, width] }) {
  const what = height === 1 ? `${width} units` : `${count} maps of ${height} x ${width}`;
  const canvases = Array.from({ length: count }, () => make("canvas", { className: height === 1 ? "pixels row" : "pixels" }));
  const label = `What layer ${name} answers: ${what}, dark where it fires`;
  const maps = make("div", { className: "maps", role: "img", "aria-label": label }, ...canvases);
  return make("div", {}, make("h3", {}, `${kind}: ${what}`), maps);
}
