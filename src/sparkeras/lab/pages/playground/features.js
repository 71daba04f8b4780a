/** What a network may get of a point (x1, x2), each as a function of it. */

export const FEATURES = {
  x1: { label: "x₁", of: (a) => a },
  x2: { label: "x₂", of: (a, b) => b },
  "x1^2": { label: "x₁²", of: (a) => a * a },
  "x2^2": { label: "x₂²", of: (a, b) => b * b },
  x1x2: { label: "x₁x₂", of: (a, b) => a * b },
  "sin x1": { label: "sin x₁", of: (a) => Math.sin(a) },
  "sin x2": { label: "sin x₂", of: (a, b) => Math.sin(b) },
};

/** Return features[feature][row] of points given as their two coordinates. */
export function featuresOf(names, first, second) {
  return names.map((name) => Float64Array.from(first, (a, r) => FEATURES[name].of(a, second[r])));
}
