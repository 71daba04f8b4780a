/** The network as columns of small pictures: features, units of each layer, and buttons that change them. */

import { FEATURES } from "./features.js";
import { paint } from "./surface.js";
import { MOST_LAYERS, MOST_UNITS } from "./state.js";

export class Diagram {
  /**
   * @param place the element that holds the columns
   * @param on what to call: feature(name), layers(list of units), look({layer, unit} or null)
   */
  constructor(place, on) {
    this.place = place;
    this.on = on;
  }

  /** Build the columns of a state. */
  build(state) {
    this.features = Object.keys(FEATURES).map((name) => this.featureButton(name, state.features.includes(name)));
    this.hidden = state.layers.map((units, n) => Array.from({ length: units }, (_, u) => this.unitButton(n, u)));
    const columns = [
      column("Features", this.features),
      ...this.hidden.map((units, n) => column(`Layer ${n + 1}`, units, this.counter(state.layers, n))),
    ];
    this.place.replaceChildren(...columns, this.layerButtons(state.layers));
    this.chosen = state.features.map((name) => this.features[Object.keys(FEATURES).indexOf(name)]);
  }

  /** Return the elements that lines connect, layer by layer; `output` is the last of them. */
  ends(output) {
    return [this.chosen, ...this.hidden, [output]];
  }

  /** Paint each feature once. */
  paintFeatures(plane) {
    this.features.forEach((button, n) => paint(button.firstChild, plane[n], { reach: 5 }));
  }

  /** Paint what each hidden unit answers: answers[layer][unit][point]. */
  paintUnits(answers, looks) {
    this.hidden.forEach((units, n) => units.forEach((button, u) => paint(button.firstChild, answers[n][u], looks)));
  }

  featureButton(name, isChosen) {
    const button = pictureButton(`Feature ${FEATURES[name].label}`, FEATURES[name].label);
    button.setAttribute("aria-pressed", isChosen);
    button.addEventListener("click", () => this.on.feature(name));
    return button;
  }

  unitButton(layer, unit) {
    const button = pictureButton(`Unit ${unit + 1} of layer ${layer + 1}: look at it in large`);
    for (const [event, what] of [["pointerenter", { layer, unit }], ["focus", { layer, unit }], ["pointerleave", null], ["blur", null]]) {
      button.addEventListener(event, () => this.on.look(what));
    }
    return button;
  }

  counter(layers, n) {
    const change = (by) => this.on.layers(layers.with(n, layers[n] + by));
    return [
      small("−", `One unit less in layer ${n + 1}`, layers[n] > 1, () => change(-1)),
      small("+", `One unit more in layer ${n + 1}`, layers[n] < MOST_UNITS, () => change(1)),
    ];
  }

  layerButtons(layers) {
    const box = document.createElement("div");
    box.className = "layer-buttons";
    box.append(
      small("− layer", "Take the last layer away", layers.length > 0, () => this.on.layers(layers.slice(0, -1))),
      small("+ layer", "Add a layer", layers.length < MOST_LAYERS, () => this.on.layers([...layers, 4])),
    );
    return box;
  }
}

function column(title, buttons, counter = []) {
  const box = document.createElement("div");
  box.className = "column";
  const head = document.createElement("div");
  head.className = "column-head";
  head.append(Object.assign(document.createElement("span"), { textContent: title }), ...counter);
  box.append(head, ...buttons);
  return box;
}

function pictureButton(name, text = "") {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "picture", title: name });
  button.setAttribute("aria-label", name);
  button.append(document.createElement("canvas"), text);
  return button;
}

function small(text, name, isPossible, act) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: text, className: "small" });
  button.setAttribute("aria-label", name);
  button.disabled = !isPossible;
  button.addEventListener("click", act);
  return button;
}
