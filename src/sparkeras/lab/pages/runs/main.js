/** Runs: the list, what is at work, what was chosen (it stands in the address: #run=NAME or #compare=A,B), the leaderboard. */

import { ask, say } from "../house.js";
import { figure, make, table, wide } from "../dom.js";
import { showOne, showSeveral } from "./details.js";
import { Live } from "./live.js";
import { buildForm, showTrainings } from "./start.js";

const find = (id) => document.getElementById(id);
const PAUSE = 1000; // milliseconds between two looks

class Runs {
  constructor() {
    this.lives = new Map();
    this.ticked = new Set();
    this.trainings = [];
    addEventListener("hashchange", () => {
      this.list();
      this.show();
    });
    buildForm(find("start"), (name) => {
      this.trainings.push({ name, state: "running" });
      this.choose("run", name);
    }).catch((error) => say(error.message));
    this.watch();
  }

  asked(what) {
    return new URLSearchParams(location.hash.slice(1)).get(what);
  }

  choose(what, value) {
    location.hash = value ? `${what}=${encodeURIComponent(value)}` : "";
  }

  /** Look at the list again and again; what is at work is shown as it goes. */
  async watch() {
    try {
      const { runs, trainings } = await ask("/api/runs");
      this.trainings = trainings;
      showTrainings(find("trainings"), trainings);
      const told = JSON.stringify(runs);
      if (told !== this.told) {
        this.told = told;
        this.runs = runs;
        this.list();
        await this.show();
        await this.rank();
      }
      await this.follow();
    } catch (error) {
      say(error.message);
    }
    setTimeout(() => this.watch(), PAUSE);
  }

  /** Return the runs that the address asks to compare and that are there. */
  compared() {
    const finished = (this.runs ?? []).filter(({ state }) => state === "finished").map(({ name }) => name);
    return (this.asked("compare")?.split(",") ?? []).filter((name) => finished.includes(name));
  }

  list() {
    this.ticked = new Set(this.compared());
    const rows = (this.runs ?? []).map((run) => {
      const link = make("a", { href: `#run=${encodeURIComponent(run.name)}` }, run.name);
      const tick = make("input", { type: "checkbox", checked: this.ticked.has(run.name), disabled: run.state !== "finished", "aria-label": `Compare ${run.name}` });
      tick.addEventListener("change", () => this.tick(run.name, tick.checked));
      const main = run.figure ? `${run.figure.text} ${run.figure.name}` : run.error ?? run.state;
      return [tick, link, run.data, run.model, main, run.figure?.baseline, figure(run.parameters), figure(run.seconds), run.started.slice(0, 16).replace("T", " ")];
    });
    const head = ["", "run", "data", "model", "on test rows", "baseline", "parameters", "seconds", "started (UTC)"];
    const made = rows.length ? table(head, rows) : make("table", {}, make("caption", {}, "There is no run yet. Start a training above, or draw: that trains one."));
    find("list").replaceChildren(...made.childNodes);
  }

  tick(name, isTicked) {
    this.ticked[isTicked ? "add" : "delete"](name);
    this.choose("compare", [...this.ticked].join(","));
  }

  /** Show what the address asks for. */
  async show() {
    const made = make("div");
    const [one, several] = [this.asked("run"), this.compared()];
    this.shown = made; // what was asked for before comes too late from now on
    try {
      if (one && this.runs?.some(({ name, state }) => name === one && state === "finished")) await showOne(made, one);
      else if (one) return await this.follow();
      else if (several.length) await showSeveral(made, several);
      say("");
      if (this.shown === made) find("chosen").replaceChildren(...made.childNodes);
    } catch (error) {
      say(error.message);
    }
  }

  /** Show a training at work that the address asks for. */
  async follow() {
    const name = this.asked("run");
    const run = this.runs?.find((each) => each.name === name);
    if (!name || run?.state === "finished") return;
    if (run?.state !== "running") {
      find("chosen").replaceChildren(make("p", {}, run?.error ?? this.whyAbsent(name)));
      return;
    }
    if (!this.lives.has(name)) this.lives.set(name, new Live(name));
    const live = this.lives.get(name);
    await live.look();
    live.show(find("chosen"));
  }

  whyAbsent(name) {
    const training = this.trainings.find((each) => each.name === name);
    if (!training) return `There is no run ${name}.`;
    if (training.state === "running") return `${name} has not begun yet. ${training.message ?? ""}`;
    return training.state === "finished" ? `${name} has ended.` : `${name} was not finished: nothing of it is kept.`;
  }

  async rank() {
    const { blocks } = await ask("/api/leaderboard");
    const place = find("leaderboard");
    place.replaceChildren(...(blocks.length ? [make("h2", {}, "Leaderboard")] : []));
    for (const [n, block] of blocks.entries()) {
      const before = blocks.slice(0, n).filter(({ data }) => data === block.data).length;
      const other = before ? `, rows not known to be those above (${before + 1})` : "";
      const share = block.figure === "accuracy";
      const worth = (value) => (share && typeof value === "number" ? `${(100 * value).toFixed(1)} %` : figure(value));
      const chance = block.chance ? ` So many rows tell an accuracy to ± ${(100 * block.chance).toFixed(1)} %.` : "";
      const rows = block.places.map((each) => [each.rank ?? "–", each.run, each.model, worth(each[block.figure]), figure(each.loss), figure(each.parameters), figure(each.seconds)]);
      place.append(
        make("h3", {}, `${block.data}: ${block.task} on the same ${figure(block.test_rows)} test rows${other}`),
        wide(`Leaderboard of ${block.data}${other}`, table(["rank", "run", "model", block.figure, "loss", "parameters", "seconds"], rows)),
        make("p", { className: "note" }, `Always saying ${share ? "the commonest class" : "the mean"}: ${worth(block.baseline)}.${chance}`),
      );
    }
  }
}

globalThis.runs = new Runs(); // to look at from the browser's console, and for tests
