/** Draw a digit: paper on the left, what the network says in the middle, what fires inside on the right. */

import { ask, say } from "../house.js";
import { showBars, showLayers, showSeen } from "./answers.js";
import { Game } from "./game.js";
import { drawByKeys } from "./keys.js";
import { Paper } from "./paper.js";

const find = (id) => document.getElementById(id);
const WAIT = 300; // milliseconds between two looks at a training

class Draw {
  constructor() {
    this.paper = new Paper(find("paper"), () => this.changed());
    this.game = new Game((words) => (find("task").textContent = words), () => this.paper.clear());
    drawByKeys(this.paper, (words) => (find("task").textContent = this.game.running ? find("task").textContent : words));
    this.latencies = []; // milliseconds from a stroke to its bars
    find("clear").addEventListener("click", () => this.paper.clear());
    find("undo").addEventListener("click", () => this.paper.undo());
    find("game").addEventListener("click", () => this.game.start(this.classes ?? [..."0123456789"]));
    find("keep").addEventListener("click", () => this.keep());
    find("model").addEventListener("change", () => this.turnTo());
    find("photo").addEventListener("change", ({ target }) => {
      this.take(target.files[0]);
      target.value = ""; // so that the same photo may be chosen again
    });
    document.addEventListener("paste", ({ clipboardData }) => this.take(clipboardData.files[0]));
  }

  /** Wait until there is a model to draw for. */
  async start() {
    try {
      const { models, training } = await ask("/api/draw");
      if (models.length) {
        this.models = Object.fromEntries(models.map((each) => [each.name, each]));
        for (const { name, draws } of models) find("model").add(new Option(draws ? name : `${name} (photos)`, name));
        say("");
        this.ready = true;
        this.turnTo();
        return;
      }
      if (training?.error) throw new Error(training.error);
      const epoch = training?.epoch ? `, ${training.epoch} of ${training.epochs} times through` : "";
      say(`A first network is learning 1,437 handwritten digits${epoch}. You may begin to draw.`);
      setTimeout(() => this.start(), WAIT);
    } catch (error) {
      say(error.message);
    }
  }

  /** Turn to the chosen network: some know what people draw, others photos. */
  turnTo() {
    const { draws } = this.models[find("model").value];
    find("title").textContent = draws ? `Draw a ${draws}` : "Show it a photo";
    find("lead").textContent = draws
      ? "Draw below, with mouse, pen or finger. With every stroke a network says what it sees."
      : "This network knows photos: choose one below or paste it, and it says what it sees.";
    this.changed();
  }

  /** Ask for a guess of what is on the paper now; one question at a time, the newest drawing next. */
  async changed() {
    find("wrong").hidden = true;
    this.since ??= performance.now();
    if (!this.ready || this.asking) return;
    if (this.paper.isEmpty) {
      this.since = null;
      this.forget();
      say("");
      return;
    }
    this.asking = true;
    const [since, question] = [this.since, this.question()];
    this.since = null;
    try {
      this.show(await ask("/api/draw", { method: "POST", body: question }));
      this.latencies.push(performance.now() - since);
    } catch (error) {
      this.forget();
      say(error.message);
    }
    this.asking = false;
    if (this.since !== null) this.changed();
    else find("wrong").hidden = this.paper.isEmpty || Boolean(this.paper.photo) || this.game.running;
  }

  /** Show no answer: there is nothing to see, or nobody who says what it is. */
  forget() {
    find("verdict").textContent = "It waits for you.";
    for (const id of ["bars", "layers"]) find(id).replaceChildren();
    delete find("layers").dataset.names;
    Object.assign(find("seen"), { width: 8, height: 8 }); // which empties it
  }

  question() {
    const model = find("model").value;
    if (this.paper.photo) return { model, image: this.paper.photo.file };
    return { model, strokes: this.paper.strokes.map((stroke) => stroke.map((point) => point.map(Math.round))) };
  }

  show(guess) {
    if (this.paper.isEmpty) return; // it was cleared meanwhile
    say("");
    const best = showBars(find("bars"), guess);
    find("verdict").textContent = `It says ${best.name}${best.sure < 0.5 ? ", but is not sure" : ""}.`;
    showSeen(find("seen"), guess.seen);
    showLayers(find("layers"), guess.layers);
    if (this.classes?.join() !== guess.classes.join()) {
      this.classes = guess.classes;
      find("label").replaceChildren(...guess.classes.map((name) => new Option(name)));
    }
    this.game.hear(best);
  }

  async keep() {
    try {
      const { kept, folder } = await ask("/api/drawings", {
        method: "POST",
        body: { label: find("label").value, strokes: this.paper.strokes },
      });
      this.paper.clear();
      say(`Kept. There are ${kept} in ${folder}; 'sparkeras train --data ${folder} --model cnn --image-size 28' learns from them.`);
    } catch (error) {
      say(error.message);
    }
  }

  /** Take a picture that was chosen or pasted. */
  async take(file) {
    if (!file) return;
    try {
      const image = await createImageBitmap(file);
      const content = new Uint8Array(await file.arrayBuffer());
      let text = "";
      for (let n = 0; n < content.length; n += 8192) text += String.fromCharCode(...content.subarray(n, n + 8192));
      this.paper.show(image, btoa(text));
    } catch {
      say("This is not a picture that the browser can open.");
    }
  }
}

const draw = new Draw();
globalThis.draw = draw; // to look at from the browser's console, and for tests
draw.start();
