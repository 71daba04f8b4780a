/** The network as columns of small pictures: features, units of each layer, and buttons that change them. */

import { make } from "../dom.js";
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
    return make(
      "div",
      { className: "layer-buttons" },
      small("− layer", "Take the last layer away", layers.length > 0, () => this.on.layers(layers.slice(0, -1))),
      small("+ layer", "Add a layer", layers.length < MOST_LAYERS, () => this.on.layers([...layers, 4])),
    );
  }
}

function column(title, buttons, counter = []) {
  const head = make("div", { className: "column-head" }, make("span", {}, title), ...counter);
  return make("div", { className: "column" }, head, ...buttons);
}

function pictureButton(name, text = "") {
  const looks = { type: "button", className: "picture", title: name, "aria-label": name };
  return make("button", looks, make("canvas"), text);
}

function small(text, name, isPossible, act) {
  const looks = { type: "button", className: "small", disabled: !isPossible, onclick: act, "aria-label": name };
  return make("button", looks, text);
}
