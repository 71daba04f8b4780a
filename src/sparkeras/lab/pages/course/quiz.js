/** A quiz as a form: options to choose, lines to put in order, numbers and outputs to type; marked by the server. */

import { ask, say } from "../house.js";
import { code, make } from "../dom.js";

/** Show a quiz in a place. */
export async function showQuiz(place, name) {
  const { title, questions } = await ask(`/api/course/quizzes/${encodeURIComponent(name)}`);
  const asked = questions.map(build);
  const result = make("p", { role: "status" });
  const form = make("form", { className: "lesson" }, ...asked.map(({ box }) => box), make("button", { className: "primary" }, "Mark my answers"), result);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answers = asked.map(({ read }) => read());
      const { marked, share, kept } = await ask(`/api/course/quizzes/${encodeURIComponent(name)}`, { method: "POST", body: { answers } });
      marked.forEach((each, n) => mark(asked[n].box, each));
      const right = marked.filter(({ ok }) => ok).length;
      const open = marked.filter(({ answered }) => !answered).length;
      const left = open ? `, ${open} not answered yet` : "";
      result.textContent = `${right} of ${marked.length} are right (${Math.round(100 * share)} %)${left}${kept ? "; your best result is kept" : ""}.`;
      say("");
    } catch (error) {
      say(error.message);
    }
  });
  document.title = `Quiz: ${title} · sparkeras lab`;
  place.replaceChildren(make("p", {}, make("a", { href: "/course" }, "All lessons")), make("h1", {}, title), form);
}

function build(question, n) {
  const legend = make("legend");
  legend.innerHTML = question.ask;
  const box = make("fieldset", {}, legend);
  if (question.code) box.append(code(question.code));
  const parts = { single: choices, multiple: choices, order: lines, number: typed, output: typed }[question.kind];
  return { box, read: parts(box, question, n) };
}

function choices(box, { kind, options }, n) {
  const inputs = options.map((text, place) => {
    const input = make("input", { type: kind === "single" ? "radio" : "checkbox", name: `question-${n}`, value: place });
    const words = make("span");
    words.innerHTML = text;
    box.append(make("label", {}, input, words));
    return input;
  });
  if (kind === "multiple") box.append(make("p", { className: "facts" }, "Several may be right."));
  return () => inputs.filter(({ checked }) => checked).map(({ value }) => Number(value));
}

function lines(box, { options }) {
  const list = make("ol", { className: "order" });
  options.forEach((text, place) => {
    const words = make("span");
    words.innerHTML = text;
    const line = make("li", {}, mover("↑", "up", (li) => li.previousElementSibling?.before(li)), mover("↓", "down", (li) => li.nextElementSibling?.after(li)), words);
    line.dataset.place = place;
    list.append(line);
  });
  box.append(list);
  return () => {
    const places = [...list.children].map(({ dataset }) => Number(dataset.place));
    return places.every((place, n) => place === n) ? [] : places; // as it was shown, which is never right: not tried yet
  };
}

function mover(sign, where, move) {
  const button = make("button", { type: "button", className: "small", "aria-label": `Move this line ${where}` }, sign);
  button.addEventListener("click", () => {
    move(button.closest("li"));
    button.focus();
  });
  return button;
}

function typed(box, { kind }, n) {
  const input = make(kind === "output" ? "textarea" : "input", { id: `typed-${n}`, autocomplete: "off" });
  box.append(make("label", { for: input.id }, kind === "output" ? "It prints" : "Your number", input));
  return () => input.value;
}

function mark(box, { ok, answered, reasons }) {
  box.classList.toggle("right", ok);
  box.classList.toggle("wrong", answered && !ok);
  box.querySelector(".reasons")?.remove();
  const verdict = answered ? (ok ? "✔ Right." : "✘ Not right.") : "Not answered yet.";
  const section = make("div", { className: "reasons" }, make("b", {}, verdict));
  for (const reason of reasons) {
    const line = make("p");
    line.innerHTML = reason;
    section.append(line);
  }
  box.append(section);
}
