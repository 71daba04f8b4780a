/** One training in the page: the network, its rows, its epochs, and what was measured after each. */

import { Network } from "./network.js";
import { order, withFeatures } from "./rows.js";
import { settings } from "./state.js";

const MOST_MEASURED = 400; // points of a curve; a longer one is thinned out

export class Training {
  constructor(state, rows, weights) {
    this.state = state;
    this.rows = withFeatures(rows, state.features);
    this.network = new Network(weights, settings(state));
    this.kept = { train: this.network.layers.map(() => ({})), test: this.network.layers.map(() => ({})) };
    this.epoch = 0;
    this.curve = [];
    this.measure();
  }

  /** Go once through the training rows, batch by batch. */
  runEpoch() {
    const { x, t } = this.rows.train;
    const places = order(t.length, this.state.seed, this.epoch);
    for (let first = 0; first < places.length; first += this.state.batch) {
      const some = places.slice(first, first + this.state.batch);
      this.network.step(
        x.map((feature) => Float64Array.from(some, (r) => feature[r])),
        Float64Array.from(some, (r) => t[r]),
      );
    }
    this.epoch += 1;
    this.measure();
  }

  /** Go on with other settings from the weights that are there. */
  adopt(state) {
    this.state = state;
    this.network = new Network(this.network.weights, settings(state));
    this.measure();
  }

  get diverged() {
    return !Number.isFinite(this.now.train.loss);
  }

  measure() {
    const judged = (part) => this.network.judge(this.rows[part].x, this.rows[part].t, this.kept[part]);
    this.now = { epoch: this.epoch, train: judged("train"), test: judged("test") };
    this.curve.push(this.now);
    if (this.curve.length > MOST_MEASURED) this.curve = this.curve.filter((_, n) => n % 2 === 0);
  }
}
