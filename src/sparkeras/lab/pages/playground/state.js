/**
 * Everything that is chosen in the playground, and its way into the address and back: #data=spiral&layers=8,8&...
 *
 * A link holds what differs from the defaults only; what makes no sense becomes the default, and is told.
 */

import { ACTIVATIONS } from "./layers.js";
import { OPTIMIZERS } from "./optimizers.js";
import { FEATURES } from "./features.js";

export const CHOICES = {
  data: ["circles", "xor", "gauss", "spiral", "plane"],
  activation: Object.keys(ACTIVATIONS),
  loss: ["binary_crossentropy", "mean_squared_error", "half_squares", "mean_absolute_error"],
  optimizer: Object.keys(OPTIMIZERS),
  rate: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
  regularisation: ["none", "l1", "l2"],
  price: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
};

export const LIMITS = {
  noise: { low: 0, high: 2, step: 0.1 },
  share: { low: 10, high: 90, step: 10 },
  batch: { low: 1, high: 100, step: 1 },
  seed: { low: 0, high: 9999, step: 1 },
};

export const MOST_LAYERS = 6;
export const MOST_UNITS = 8;

export const DEFAULTS = {
  data: "circles",
  features: ["x1", "x2"],
  layers: [4, 2],
  activation: "tanh",
  loss: "binary_crossentropy",
  optimizer: "gradient_descent",
  rate: 0.03,
  regularisation: "none",
  price: 0.001,
  noise: 0.1,
  share: 50,
  batch: 10,
  seed: 0,
};

/** Return the state that an address says. */
export function read(hash) {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const state = structuredClone(DEFAULTS);
  for (const name of Object.keys(DEFAULTS)) {
    const value = parameters.has(name) ? parsed(name, parameters.get(name)) : undefined;
    if (value !== undefined) state[name] = value;
  }
  if (isRegression(state) && state.loss === "binary_crossentropy") state.loss = "mean_squared_error";
  return state;
}

/** Return the parts of an address that make no sense, as they stand there. */
export function misread(hash) {
  const parameters = [...new URLSearchParams(hash.replace(/^#/, ""))];
  const isGood = ([name, text]) => Object.hasOwn(DEFAULTS, name) && parsed(name, text) !== undefined;
  return parameters.filter((each) => !isGood(each)).map(([name, text]) => `${name}=${text}`);
}

/** Return the address of a state, from "#" on. */
export function written(state) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (String(value) !== String(DEFAULTS[name])) parameters.set(name, String(value));
  }
  return `#${parameters.toString().replaceAll("%2C", ",").replaceAll("%5E", "^")}`;
}

/** Tell whether the network says a number and not one of two classes. */
export function isRegression(state) {
  return state.data === "plane";
}

/** Return the sizes of all layers: features, hidden units, one output. */
export function sizes(state) {
  return [state.features.length, ...state.layers, 1];
}

/** Return what the network needs to be told. */
export function settings(state) {
  const price = (kind) => (state.regularisation === kind ? state.price : 0);
  return {
    activation: state.activation,
    output: isRegression(state) ? "linear" : "sigmoid",
    loss: state.loss,
    optimizer: state.optimizer,
    rate: state.rate,
    l1: price("l1"),
    l2: price("l2"),
  };
}

function parsed(name, text) {
  if (name === "features") {
    const named = text.split(",");
    const known = Object.keys(FEATURES).filter((each) => named.includes(each));
    return named.every((each) => known.includes(each)) ? known : undefined;
  }
  if (name === "layers") {
    const units = text === "" ? [] : text.split(",").map(Number);
    const good = units.length <= MOST_LAYERS && units.every((n) => Number.isInteger(n) && n >= 1 && n <= MOST_UNITS);
    return good ? units : undefined;
  }
  if (name in LIMITS) {
    const { low, high, step } = LIMITS[name];
    const number = text.trim() === "" ? NaN : Number(text);
    return number >= low && number <= high && (step < 1 || Number.isInteger(number)) ? number : undefined;
  }
  return CHOICES[name].find((each) => String(each) === text || each === Number(text));
}
