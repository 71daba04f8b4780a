/**
 * What to do with a gradient: the twin of sparkeras.scratch.optimizers. `update(weights, gradients, cost)` returns new
 * arrays; a gradient is a mean over the rows of the step. 1e-7 saves from dividing by 0.
 */

class GradientDescent {
  constructor(rate) {
    this.rate = rate;
    this.steps = 0;
  }

  update(weights, gradients) {
    this.steps += 1;
    return each(weights, this.changes(gradients), (w, change) => w + change);
  }

  changes(gradients) {
    return gradients.map((g) => g.map((slope) => -this.rate * slope));
  }
}

class Momentum extends GradientDescent {
  changes(gradients) {
    this.v = each(this.v ?? filled(gradients, 0), gradients, (v, g) => 0.9 * v - this.rate * g);
    return this.v;
  }
}

class AdaGrad extends GradientDescent {
  old = 1;
  new = 1;
  first = 0.1;

  changes(gradients) {
    this.s = each(this.s ?? filled(gradients, this.first), gradients, (s, g) => this.old * s + this.new * g * g);
    return each(this.s, gradients, (s, g) => (-this.rate * g) / Math.sqrt(s + 1e-7));
  }
}

class RMSProp extends AdaGrad {
  old = 0.9;
  new = 0.1;
  first = 0;
}

class Adam extends GradientDescent {
  changes(gradients) {
    const [a, b] = [0.9, 0.999];
    this.m = each(this.m ?? filled(gradients, 0), gradients, (m, g) => a * m + (1 - a) * g);
    this.s = each(this.s ?? filled(gradients, 0), gradients, (s, g) => b * s + (1 - b) * g * g);
    const rate = (this.rate * Math.sqrt(1 - b ** this.steps)) / (1 - a ** this.steps);
    return each(this.m, this.s, (m, s) => (-rate * m) / (Math.sqrt(s) + 1e-7));
  }
}

/** Speeds up by 5 % while the cost falls; when not, halves its rate and goes back to before the bad step. */
class BoldDriver extends GradientDescent {
  update(weights, gradients, cost) {
    if (this.last) {
      const fell = cost < this.last[2];
      this.rate *= fell ? 1.05 : 0.5;
      if (!fell) [weights, gradients, cost] = this.last;
    }
    this.last = [weights, gradients, cost];
    return super.update(weights, gradients);
  }
}

export const OPTIMIZERS = {
  gradient_descent: GradientDescent,
  momentum: Momentum,
  adagrad: AdaGrad,
  rmsprop: RMSProp,
  adam: Adam,
  bold_driver: BoldDriver,
};

function each(first, second, of) {
  return first.map((array, n) => array.map((value, i) => of(value, second[n][i])));
}

function filled(like, value) {
  return like.map((array) => new Float64Array(array.length).fill(value));
}
