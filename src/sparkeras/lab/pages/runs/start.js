/** The form that starts a training, and the trainings that were started. */

import { ask, say } from "../house.js";
import { figure, make } from "../dom.js";

const WORDS = { epochs: ["Epochs", 10], batch_size: ["Rows per step", ""], workers: ["Workers", 1], seed: ["Seed", 0] };

/** Build the form; `started` is called with the name of a training that began. */
export async function buildForm(form, started) {
  const { data, models, limits } = await ask("/api/trainings");
  const choice = (name, label, options) => field(name, label, make("select", { name }, ...options));
  const sets = data.map(({ name, is_here }) => new Option(is_here ? name : `${name} (is downloaded)`, name));
  const kinds = models.map(({ name, about }) => Object.assign(new Option(name), { title: about }));
  const numbers = Object.entries(WORDS).map(([name, [label, value]]) =>
    field(name, label, make("input", { name, type: "number", min: limits[name].low, max: limits[name].high, value })),
  );
  const called = make("input", { name: "name", required: true, maxLength: 60, pattern: "[A-Za-z0-9_][A-Za-z0-9_.\\-]*" });
  form.append(choice("data", "Data", sets), choice("model", "Model", kinds), field("name", "Name of the run", called), ...numbers);
  form.append(make("button", { className: "primary" }, "Start"));
  form.data.value = "digits";
  form.model.value = "mlp";
  const suggest = () => (called.value = `${form.data.value}-${form.model.value}-${new Date().toISOString().slice(11, 19).replaceAll(":", "")}`);
  form.data.addEventListener("change", suggest);
  form.model.addEventListener("change", suggest);
  suggest();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const { name } = await ask("/api/trainings", { method: "POST", body: asked(form) });
      say("");
      suggest();
      started(name);
    } catch (error) {
      say(error.message);
    }
  });
}

function field(name, label, control) {
  control.id = `train-${name}`;
  return make("div", {}, make("label", { for: control.id }, label), control);
}

function asked(form) {
  const body = { data: form.data.value, model: form.model.value, name: form.elements.name.value };
  for (const name of Object.keys(WORDS)) if (form.elements[name].value !== "") body[name] = Number(form.elements[name].value);
  return body;
}

/** Show the trainings of this lab that are at work or went wrong: epochs and figures so far, or the error. */
export function showTrainings(place, trainings) {
  const shown = trainings.filter(({ state }) => state !== "finished");
  place.replaceChildren(
    ...shown.map((training) => {
      const { name, state, message } = training;
      const words = { running: progress(training), failed: message }[state] ?? "";
      const line = make("p", { className: state === "failed" ? "bad" : "" }, make("b", {}, name), ` ${state}. ${words} `);
      if (state === "running") line.append(stopButton(name));
      return line;
    }),
  );
}

/** Return how far a training is, in words. */
function progress({ epoch, epochs, figures, message }) {
  if (!epoch) return message;
  const numbers = Object.entries(figures).map(([name, value]) => `${name.replaceAll("_", " ")} ${figure(value)}`);
  return [`Epoch ${epoch} of ${epochs}: ${numbers.join(", ")}.`, message].filter(Boolean).join(" ");
}

function stopButton(name) {
  const button = make("button", { type: "button", "aria-label": `Stop ${name}` }, "Stop");
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await ask(`/api/trainings/${encodeURIComponent(name)}`, { method: "DELETE" });
    } catch (error) {
      say(error.message);
    }
  });
  return button;
}
