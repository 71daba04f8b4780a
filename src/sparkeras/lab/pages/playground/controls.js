/** The form of the playground: a labelled control for everything of the state that is not in the diagram. */

import { CHOICES, LIMITS, isRegression } from "./state.js";

const WORDS = {
  data: "Points",
  noise: "Noise",
  share: "Share to train on (%)",
  batch: "Rows per step",
  seed: "Seed",
  activation: "Activation",
  loss: "Loss",
  optimizer: "Optimizer",
  rate: "Learning rate",
  regularisation: "Price on weights",
  price: "How high a price",
};

const CALLED = {
  plane: "a plane (regression)",
  xor: "xor: four squares",
  circles: "a disc in a ring",
  gauss: "two clouds",
  spiral: "two spirals",
  l1: "L1: of their size",
  l2: "L2: of their squares",
  binary_crossentropy: "cross-entropy",
};

export class Controls {
  /** @param change called with the name and the new value of what somebody changed */
  constructor(place, change) {
    this.fields = new Map();
    place.addEventListener("submit", (event) => event.preventDefault());
    for (const name of Object.keys(WORDS)) {
      const field = name in CHOICES ? choice(CHOICES[name]) : number(LIMITS[name]);
      field.id = `choose-${name}`;
      field.addEventListener("change", () => {
        if (field.checkValidity() && field.value !== "") change(name, typeof CHOICES[name]?.[0] === "string" ? field.value : Number(field.value));
        else field.reportValidity();
      });
      const label = Object.assign(document.createElement("label"), { htmlFor: field.id, textContent: WORDS[name] });
      const box = document.createElement("div");
      box.append(label, field);
      place.append(box);
      this.fields.set(name, field);
    }
  }

  /** Show a state. */
  show(state) {
    for (const [name, field] of this.fields) field.value = String(state[name]);
    this.fields.get("price").disabled = state.regularisation === "none";
    const [probabilities] = this.fields.get("loss").options; // the cross-entropy of two classes
    probabilities.disabled = isRegression(state);
  }
}

function choice(values) {
  const field = document.createElement("select");
  for (const value of values) field.add(new Option(CALLED[value] ?? String(value).replaceAll("_", " "), value));
  return field;
}

function number({ low, high, step }) {
  return Object.assign(document.createElement("input"), { type: "number", min: low, max: high, step, required: true });
}
