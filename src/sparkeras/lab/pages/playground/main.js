/**
 * The playground: a state (in the address), a training of it (in the page), and the picture of both.
 *
 * A change of the rows or of the network begins a new training; one frame is one epoch while it plays.
 */

import { say } from "../house.js";
import { drawChart } from "./chart.js";
import { Controls } from "./controls.js";
import { Diagram } from "./diagram.js";
import { FEATURES } from "./features.js";
import { drawLines } from "./lines.js";
import { fetchRows, fetchWeights } from "./rows.js";
import * as states from "./state.js";
import { drawPoints, paint, plane } from "./surface.js";
import { Training } from "./training.js";

const find = (id) => document.getElementById(id);
const ON_THE_WAY = new Set(["batch", "rate", "regularisation", "price", "loss", "optimizer"]);

class Playground {
  constructor() {
    this.state = states.read(location.hash);
    this.playing = false;
    this.frames = [];
    this.controls = new Controls(find("controls"), (name, value) => this.change({ [name]: value }));
    this.diagram = new Diagram(find("diagram"), {
      feature: (name) => this.toggle(name),
      layers: (layers) => this.change({ layers }),
      look: (unit) => this.look(unit),
    });
    find("play").addEventListener("click", () => this.play(!this.playing));
    find("step").addEventListener("click", () => this.step());
    find("again").addEventListener("click", () => this.begin());
    find("new-rows").addEventListener("click", () => this.change({ seed: (this.state.seed + 1) % 10000 }));
    for (const id of ["with-test", "in-classes"]) find(id).addEventListener("change", () => this.draw());
    addEventListener("hashchange", () => this.follow());
    addEventListener("resize", () => this.draw());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /** Take up what somebody typed into the address. */
  follow() {
    if (states.written(this.state) === states.written(states.read(location.hash))) return this.warn();
    this.state = states.read(location.hash);
    this.begin().then(() => this.warn());
  }

  /** Tell what of the address makes no sense. */
  warn() {
    const wrong = states.misread(location.hash);
    if (wrong.length) say(`The address says ${wrong.join(" and ")}, which the playground does not know; it stays as it usually is.`);
  }

  /** Change a part of the state; the training goes on where that makes sense, else it begins anew. */
  change(part) {
    const next = { ...this.state, ...part };
    if (states.isRegression(next) && next.loss === "binary_crossentropy") next.loss = "mean_squared_error";
    this.state = next;
    history.replaceState(null, "", states.written(next));
    if (Object.keys(part).every((name) => ON_THE_WAY.has(name))) this.goOn();
    else this.begin();
  }

  toggle(name) {
    const { features } = this.state;
    const wanted = Object.keys(FEATURES).filter((each) => features.includes(each) !== (each === name));
    if (wanted.length) this.change({ features: wanted });
    else say("A network needs one feature at least.");
  }

  /** Go on from the weights that are there, with other settings. */
  goOn() {
    this.controls.show(this.state);
    this.training?.adopt(this.state);
    this.draw();
  }

  /** Fetch rows and first weights, and stand before the first epoch. */
  async begin() {
    this.controls.show(this.state);
    const state = this.state;
    try {
      const [rows, weights] = await Promise.all([fetchRows(state), fetchWeights(state)]);
      if (state !== this.state) return; // somebody chose something else meanwhile
      this.training = new Training(state, rows, weights);
    } catch (error) {
      this.play(false);
      say(error.message);
      return;
    }
    this.plane = plane(state.features);
    this.planeKept = this.training.network.layers.map(() => ({}));
    this.diagram.build(state);
    this.diagram.paintFeatures(plane(Object.keys(FEATURES)));
    say("");
    this.draw();
  }

  play(wanted) {
    this.playing = wanted;
    find("play").textContent = wanted ? "Pause" : "Play";
    if (wanted) requestAnimationFrame((now) => this.frame(now));
  }

  frame(now) {
    if (!this.playing) return;
    this.frames.push(now);
    if (this.frames.length > 60) this.frames.shift();
    this.step();
    requestAnimationFrame((then) => this.frame(then));
  }

  step() {
    this.training?.runEpoch();
    if (this.training?.diverged) {
      this.play(false);
      say("The loss has become infinite: the steps were too long. Choose a lower learning rate, and press Again.");
    }
    this.draw();
  }

  look(unit) {
    this.looked = unit;
    this.draw();
  }

  draw() {
    if (!this.training) return;
    const { network, now, rows, curve } = this.training;
    const answers = network.forward(this.plane, this.planeKept);
    const looks = { sigmoid: { middle: 0.5, reach: 0.5 }, relu: { reach: 2 }, linear: { reach: 2 } };
    const ofUnits = looks[this.state.activation] ?? {};
    const isRegression = states.isRegression(this.state);
    this.diagram.paintUnits(answers, ofUnits);
    const inLarge = this.looked && answers[this.looked.layer]?.[this.looked.unit];
    const ofOutput = { ...(isRegression ? {} : looks.sigmoid), inClasses: find("in-classes").checked };
    paint(find("surface"), inLarge ?? answers.at(-1)[0], inLarge ? ofUnits : ofOutput);
    drawPoints(find("points"), rows, { withTest: find("with-test").checked, isRegression });
    drawLines(find("lines"), this.diagram.ends(find("output")), network.layers);
    drawChart(find("chart"), curve);
    this.tell(now, isRegression);
  }

  tell({ epoch, train, test }, isRegression) {
    const number = (value) => (Number.isFinite(value) ? value.toFixed(3) : "infinite");
    find("epoch").textContent = epoch.toLocaleString("en");
    for (const [part, judged] of [["train", train], ["test", test]]) {
      find(`${part}-loss`).textContent = number(judged.loss);
      find(`${part}-accuracy`).textContent = isRegression ? "" : `${(100 * judged.accuracy).toFixed(1)} % right`;
    }
  }
}

const playground = new Playground();
globalThis.playground = playground; // to look at from the browser's console, and for tests
playground.begin().then(() => playground.warn());
