/** Small helpers to make elements. */

/** Make an element with properties and children (elements or texts); attributes begin with "aria-" or are in `set`. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** Make a table of a head and rows; a cell is a text, a number or an element. */
export function table(head, rows, properties = {}) {
  const cell = (tag) => (content) => {
    const numeric = typeof content === "number" || /^[\d.,–%± ]+$/.test(content);
    const kind = content === "" ? "td" : tag; // a head without words is none
    return make(kind, { className: numeric ? "number" : "" }, content instanceof Node ? content : String(content ?? "–"));
  };
  return make(
    "table",
    properties,
    make("thead", {}, make("tr", {}, ...head.map(cell("th")))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cell("td"))))),
  );
}

/** Make a box that scrolls sideways where its content is wide, by keyboard, too. */
export function wide(name, ...children) {
  return make("div", { className: "wide", tabIndex: 0, role: "region", "aria-label": name }, ...children);
}

/** Make a block of code, which may be wide. */
export function code(text, properties = {}) {
  return make("pre", { tabIndex: 0, ...properties }, make("code", {}, text));
}

/** Return a number as people read it. */
export function figure(value, digits = 4) {
  if (typeof value !== "number" || !Number.isFinite(value)) return "–";
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(digits)));
}

/** Paint base64 pixels, a byte per channel, onto a canvas; grey ones dark on light. */
export function paintPixels(canvas, [height, width, channels = 1], text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let n = 0; n < width * height; n++) {
    for (let c = 0; c < 3; c++) {
      const value = bytes[n * channels + Math.min(c, channels - 1)];
      image.data[4 * n + c] = channels === 1 ? 255 - value : value;
    }
    image.data[4 * n + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
