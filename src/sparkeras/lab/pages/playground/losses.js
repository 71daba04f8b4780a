/**
 * How wrong outputs are, each with its slope: the twin of sparkeras.scratch.losses, for a network of one output.
 *
 * `cost(y, t)` sums over the rows of outputs y and targets t; `slope(y, t)` is dL/dy of one row.
 */

const inside = (y) => Math.min(Math.max(y, 1e-7), 1 - 1e-7); // logarithm and slope are none at 0 and 1

export const LOSSES = {
  binary_crossentropy: {
    of: (y, t) => -(t * Math.log(inside(y)) + (1 - t) * Math.log(1 - inside(y))),
    slope: (y, t) => (inside(y) - t) / (inside(y) * (1 - inside(y))),
  },
  mean_squared_error: { of: (y, t) => (y - t) ** 2, slope: (y, t) => 2 * (y - t) },
  half_squares: { of: (y, t) => 0.5 * (y - t) ** 2, slope: (y, t) => y - t },
  mean_absolute_error: { of: (y, t) => Math.abs(y - t), slope: (y, t) => Math.sign(y - t) },
};

/** Return the loss summed over the rows. */
export function cost(loss, y, t) {
  let sum = 0;
  for (let r = 0; r < t.length; r++) sum += LOSSES[loss].of(y[r], t[r]);
  return sum;
}

/** Count the rows whose output says what the target says: yes from 1/2 on. */
export function hits(y, t) {
  let count = 0;
  for (let r = 0; r < t.length; r++) count += y[r] >= 0.5 === t[r] >= 0.5 ? 1 : 0;
  return count;
}
