/**
 * What a network is made of, forwards and backwards: the twin of sparkeras.scratch's activations and layers.
 *
 * Values of rows lie unit by unit: `values[unit][row]`, a Float64Array per unit, so that a unit's answer for every point
 * of a picture is one array. Weights lie as in NumPy: `w[input * units + unit]`. The names and letters are those of
 * sparkeras.scratch; a test trains both on the same batches and compares every weight.
 */

/** For each activation y = f(x), and dy/dx from x and y. */
export const ACTIVATIONS = {
  linear: { of: (x) => x, slope: () => 1 },
  sigmoid: { of: (x) => 0.5 * Math.tanh(0.5 * x) + 0.5, slope: (x, y) => y * (1 - y) },
  tanh: { of: Math.tanh, slope: (x, y) => 1 - y * y },
  relu: { of: (x) => (x > 0 ? x : 0), slope: (x) => (x > 0 ? 1 : 0) },
  leaky_relu: { of: (x) => (x > 0 ? x : 0.2 * x), slope: (x) => (x > 0 ? 1 : 0.2) },
  elu: { of: (x) => (x > 0 ? x : Math.expm1(x)), slope: (x, y) => (y > 0 ? 1 : y + 1) },
};

/** Return `count` arrays of `rows` numbers, the old ones where they fit: a frame makes no garbage. */
export function arrays(count, rows, old) {
  if (old && old.length === count && (count === 0 || old[0].length === rows)) return old;
  return Array.from({ length: count }, () => new Float64Array(rows));
}

/** A dense layer with its activation: z = x @ w + b, y = f(z). */
export class Dense {
  constructor(w, b, activation) {
    this.w = Float64Array.from(w);
    this.b = Float64Array.from(b);
    this.units = this.b.length;
    this.inputs = this.w.length / this.units;
    this.activation = ACTIVATIONS[activation];
  }

  /** Return y of x; `kept` holds the arrays of an earlier call and what backward needs. */
  forward(x, kept = {}) {
    const rows = x[0].length;
    kept.x = x;
    kept.z = arrays(this.units, rows, kept.z);
    kept.y = arrays(this.units, rows, kept.y);
    for (let u = 0; u < this.units; u++) {
      const z = kept.z[u].fill(this.b[u]);
      for (let i = 0; i < this.inputs; i++) addScaled(z, this.w[i * this.units + u], x[i]);
      const y = kept.y[u];
      const { of } = this.activation;
      for (let r = 0; r < rows; r++) y[r] = of(z[r]);
    }
    return kept.y;
  }

  /** Turn dL/dy, in place, into dL/dz, and return dL/dw and dL/db as sums over the rows. */
  gradients(dy, kept) {
    const dw = new Float64Array(this.w.length);
    const db = new Float64Array(this.units);
    for (let u = 0; u < this.units; u++) {
      const [z, y, dz] = [kept.z[u], kept.y[u], dy[u]];
      const { slope } = this.activation;
      for (let r = 0; r < dz.length; r++) dz[r] *= slope(z[r], y[r]);
      db[u] = dz.reduce((sum, each) => sum + each, 0);
      for (let i = 0; i < this.inputs; i++) dw[i * this.units + u] = dot(kept.x[i], dz);
    }
    return [dw, db];
  }

  /** Return dL/dx of dL/dz: x reaches the loss through all units of its row. */
  backward(dz) {
    const dx = arrays(this.inputs, dz[0].length);
    for (let i = 0; i < this.inputs; i++) {
      for (let u = 0; u < this.units; u++) addScaled(dx[i], this.w[i * this.units + u], dz[u]);
    }
    return dx;
  }
}

function addScaled(to, factor, from) {
  for (let r = 0; r < to.length; r++) to[r] += factor * from[r];
}

function dot(a, b) {
  let sum = 0;
  for (let r = 0; r < a.length; r++) sum += a[r] * b[r];
  return sum;
}
