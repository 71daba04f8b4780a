/** A training at work: its events become epochs, curves, rows per second and restarts. */

import { ask } from "../house.js";
import { figure, make } from "../dom.js";
import { charts } from "./curves.js";

/** What the events of a training tell so far. */
export class Live {
  constructor(name) {
    Object.assign(this, { name, seen: 0, history: {}, seconds: [], retries: [], workers: 1, message: "It starts …" });
  }

  /** Ask for new events; return whether the training is still at work. */
  async look() {
    const { events } = await ask(`/api/runs/${encodeURIComponent(this.name)}/progress?after=${this.seen}`);
    for (const event of events) {
      if (!Object.keys(event).length) break; // a line that is being written
      this.seen += 1;
      this.take(event);
    }
    return this.state !== "finished";
  }

  take(event) {
    if (event.state) this.state = event.state;
    if (event.event === "plan") Object.assign(this, { workers: event.workers, data: event.data, model: event.model });
    if (event.event === "start") Object.assign(this, { rows: event.rows, epochs: event.epochs, message: "" });
    if (event.event === "queued") this.message = `It waits for ${event.slots} free task slots.`;
    if (event.event === "launched") this.message = "Its processes start …";
    if (event.event === "retry") this.retries.push(event.failure.split("\n")[0]);
    if (event.event === "epoch") this.epoch(event);
  }

  epoch({ epoch, seconds, logs }) {
    this.seconds[epoch - 1] = seconds;
    for (const [name, value] of Object.entries(logs)) (this.history[name] ??= [])[epoch - 1] = value;
  }

  show(place) {
    const done = this.seconds.length;
    const perSecond = this.rows / this.seconds.at(-1);
    const workers = typeof this.workers === "number" ? this.workers : 1;
    const speed = done ? `${figure(perSecond)} rows per second${workers > 1 ? `, ${figure(perSecond / workers)} per worker` : ""}` : "";
    place.replaceChildren(
      make("h2", {}, this.name),
      make("p", {}, [this.model && `${this.model} on ${this.data}`, this.message, speed].filter(Boolean).join(" · ")),
      make("progress", { max: this.epochs ?? 1, value: done, "aria-label": "Epochs done" }),
      ` epoch ${done} of ${this.epochs ?? "…"}`,
      ...this.retries.map((failure, n) => make("p", { className: "bad" }, `Restart ${n + 1}: ${failure}`)),
      make("div", { className: "charts" }, ...charts([this])),
    );
  }
}
