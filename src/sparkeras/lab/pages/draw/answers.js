/** What the network says, as bars and pictures. */

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const element = (tag, text = "", properties = {}) => Object.assign(document.createElement(tag), { textContent: text, ...properties });

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
  const line = document.createElement("li");
  const meter = element("meter", "", { min: 0, max: 1, value: 0 });
  meter.setAttribute("aria-label", `probability of ${name}`);
  line.append(element("span", name), meter, element("span", "0.0 %"));
  return line;
}

/** Paint an image of one channel or three; ink is dark on light as on paper. */
export function paint(canvas, [height, width, channels = 1], pixels, { negative = true } = {}) {
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let n = 0; n < width * height; n++) {
    for (let c = 0; c < 3; c++) {
      const value = pixels[n * channels + Math.min(c, channels - 1)];
      image.data[4 * n + c] = negative ? 255 - value : value;
    }
    image.data[4 * n + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

export function showSeen(canvas, { shape, pixels }) {
  paint(canvas, shape, bytes(pixels), { negative: shape.length < 3 || shape[2] === 1 });
}

/** Show what fired in each layer; canvases are kept from one answer to the next. */
export function showLayers(place, layers) {
  if (place.dataset.names !== layers.map(({ name }) => name).join()) {
    place.dataset.names = layers.map(({ name }) => name).join();
    place.replaceChildren(...layers.map(section));
  }
  layers.forEach(({ shape: [, ...size], maps }, n) => {
    const canvases = place.children[n].querySelectorAll("canvas");
    maps.forEach((map, m) => paint(canvases[m], size, bytes(map)));
  });
}

function section({ name, kind, shape: [count, height, width] }) {
  const box = document.createElement("div");
  const what = height === 1 ? `${width} units` : `${count} maps of ${height} x ${width}`;
  const maps = element("div", "", { className: "maps" });
  maps.setAttribute("role", "img");
  maps.setAttribute("aria-label", `What layer ${name} answers: ${what}, dark where it fires`);
  const canvases = Array.from({ length: count }, () => element("canvas", "", { className: height === 1 ? "pixels row" : "pixels" }));
  maps.append(...canvases);
  box.append(element("h3", `${kind}: ${what}`), maps);
  return box;
}
