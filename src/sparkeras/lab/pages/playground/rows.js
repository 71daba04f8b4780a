/** Points and first weights, from the server, which makes them as sparkeras.datasets and sparkeras.scratch do. */

import { ask } from "../house.js";
import { featuresOf } from "./features.js";
import { sizes } from "./state.js";

/** Return the points of a state: train and test, each with its coordinates a, b and targets t. */
export async function fetchRows({ data, noise, seed, share }) {
  const { x1, x2, target } = await ask(`/api/playground/rows?${new URLSearchParams({ data, noise, seed })}`);
  const cut = Math.round((target.length * share) / 100);
  const part = (from, to) => ({ a: x1.slice(from, to), b: x2.slice(from, to), t: Float64Array.from(target.slice(from, to)) });
  return { train: part(0, cut), test: part(cut) };
}

/** Return [w, b, w, b, ...] to begin with. */
export async function fetchWeights(state) {
  const start = ["relu", "leaky_relu", "elu"].includes(state.activation) ? "he" : "glorot";
  const wanted = new URLSearchParams({ sizes: sizes(state).join(","), seed: state.seed, start });
  return (await ask(`/api/playground/weights?${wanted}`)).weights;
}

/** Add to each part of the rows what the network gets of them: x[feature][row]. */
export function withFeatures(rows, names) {
  const part = (each) => ({ ...each, x: featuresOf(names, each.a, each.b) });
  return { train: part(rows.train), test: part(rows.test) };
}

/** Shuffle the numbers of `count` rows; a seed and an epoch give the same order each time (mulberry32). */
export function order(count, seed, epoch) {
  let state = (seed * 0x9e3779b1 + epoch * 0x85ebca6b + 1) >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const places = Array.from({ length: count }, (_, n) => n);
  for (let n = count - 1; n > 0; n--) {
    const other = Math.floor(random() * (n + 1));
    [places[n], places[other]] = [places[other], places[n]];
  }
  return places;
}
