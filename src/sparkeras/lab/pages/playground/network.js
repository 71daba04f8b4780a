/**
 * The network and its steps: the twin of sparkeras.scratch's network and training, for a network of one output.
 */

import { Dense } from "./layers.js";
import { cost, hits, LOSSES } from "./losses.js";
import { OPTIMIZERS } from "./optimizers.js";

export class Network {
  /**
   * @param weights [w, b, w, b, ...] as sparkeras.scratch.building gives them: flat arrays, layer by layer
   * @param settings activation, output ("sigmoid" or "linear"), loss, optimizer, rate, l1, l2
   */
  constructor(weights, settings) {
    this.settings = settings;
    this.layers = [];
    for (let n = 0; n < weights.length; n += 2) {
      const last = n + 2 === weights.length;
      this.layers.push(new Dense(weights[n], weights[n + 1], last ? settings.output : settings.activation));
    }
    this.optimizer = new OPTIMIZERS[settings.optimizer](settings.rate);
    this.kept = this.layers.map(() => ({}));
    this.steps = 0;
  }

  get weights() {
    return this.layers.flatMap((layer) => [layer.w, layer.b]);
  }

  set weights(all) {
    this.layers.forEach((layer, n) => ([layer.w, layer.b] = [all[2 * n], all[2 * n + 1]]));
  }

  /** Return what every layer answers to x, the last one's is the output; `kept` is the caller's, for each of its x. */
  forward(x, kept) {
    return this.layers.map((layer, n) => (x = layer.forward(x, kept[n])));
  }

  /** Take one step on some rows, their features x[feature][row] and targets t[row]; return its cost before the step. */
  step(x, t) {
    const y = this.forward(x, this.kept).at(-1)[0];
    const [mean, gradients] = this.means(cost(this.settings.loss, y, t), this.backward(y, t), t.length);
    this.weights = this.optimizer.update(this.weights, gradients, mean);
    this.steps += 1;
    return mean;
  }

  backward(y, t) {
    const { slope } = LOSSES[this.settings.loss];
    let dy = [y.map((output, r) => slope(output, t[r]))];
    const gradients = [];
    for (let n = this.layers.length - 1; n >= 0; n--) {
      gradients.unshift(...this.layers[n].gradients(dy, this.kept[n]));
      if (n) dy = this.layers[n].backward(dy);
    }
    return gradients;
  }

  /** Return cost and gradients per row; what the size of the weights costs comes on top once, not once a row. */
  means(sum, gradients, rows) {
    const { l1, l2 } = this.settings;
    let mean = sum / rows;
    const slopes = gradients.map((g) => g.map((slope) => slope / rows));
    this.layers.forEach(({ w }, n) => {
      w.forEach((weight, i) => {
        mean += l1 * Math.abs(weight) + l2 * weight * weight;
        slopes[2 * n][i] += l1 * Math.sign(weight) + 2 * l2 * weight;
      });
    });
    return [mean, slopes];
  }

  /** Return the loss per row (without the price of weights) and the share of hits on some rows. */
  judge(x, t, kept = this.layers.map(() => ({}))) {
    const y = this.forward(x, kept).at(-1)[0];
    return { loss: cost(this.settings.loss, y, t) / t.length, accuracy: hits(y, t) / t.length };
  }
}
