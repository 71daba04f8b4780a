// Makes a form of each quiz in the page. The rules are those of sparkeras.course.quiz; a test compares the two.
"use strict";

function markQuestion(question, answer) {
  if (question.kind === "order") {
    const ok = answer.length === question.right.length && answer.every((place, i) => place === question.right[i]);
    return { ok, reasons: [question.because] };
  }
  if (question.kind === "single" || question.kind === "multiple") {
    const chosen = [...answer].sort((a, b) => a - b);
    const ok = chosen.length === question.right.length && chosen.every((place, i) => place === question.right[i]);
    const reasons = answer.map((place) => question.options[place].because);
    const missed = question.right.filter((place) => !answer.includes(place)).length;
    if (!ok && missed && question.kind === "multiple") {
      reasons.push(`${missed} more of them ${missed === 1 ? "is" : "are"} right.`);
    }
    return { ok, reasons };
  }
  const same = question.kind === "number" ? sameNumber(question.within || 0) : sameText;
  if (same(answer, question.answer)) return { ok: true, reasons: [question.because] };
  const known = (question.wrong || []).filter((wrong) => same(answer, wrong.answer)).map((wrong) => wrong.because);
  return { ok: false, reasons: [...known, `Right: ${question.answer}. ${question.because}`] };
}

function sameNumber(within) {
  return (typed, expected) => {
    const number = Number(String(typed).replaceAll(",", ""));
    return String(typed).trim() !== "" && Math.abs(number - Number(expected)) <= within;
  };
}

function sameText(typed, expected) {
  const plain = (text) => String(text).trim().split(/\s+/).join(" ").replaceAll(", ", ",");
  return plain(typed) === plain(expected);
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function choices(question, number) {
  const kind = question.kind === "single" ? "radio" : "checkbox";
  const inputs = question.shown.map((text, i) => element("input", { type: kind, name: `q${number}`, value: String(i) }));
  const labels = inputs.map((input, i) => element("label", {}, input, ` ${question.shown[i]}`));
  const read = () => inputs.filter((input) => input.checked).map((input) => Number(input.value));
  return [labels, read, (answer) => answer.length > 0];
}

function ordering(question) {
  const list = element("ol");
  const move = (item, by) => {
    const other = by < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (other) by < 0 ? list.insertBefore(item, other) : list.insertBefore(other, item);
  };
  question.shown.forEach((text, i) => {
    const item = element("li");
    item.dataset.place = String(i);
    const button = (sign, by, words) =>
      element("button", { type: "button", textContent: sign, title: words, onclick: () => move(item, by) });
    item.append(button("↑", -1, "one up"), button("↓", 1, "one down"), element("span", { textContent: text }));
    list.append(item);
  });
  return [[list], () => [...list.children].map((item) => Number(item.dataset.place)), (answer) => answer.some((place, i) => place !== i)];
}

function typing(question) {
  const words = question.kind === "number" ? "a number" : "what it prints";
  const input = element("input", { type: "text", ariaLabel: words, placeholder: words });
  return [[input], () => input.value, (answer) => answer.trim() !== ""];
}

function form(question, number) {
  const made = element("fieldset", {}, element("legend", { textContent: `${number}. ${question.ask}` }));
  if (question.code) made.append(element("pre", { textContent: question.code }));
  const build = { single: choices, multiple: choices, order: ordering }[question.kind] || typing;
  const [parts, read, given] = build(question, number);
  const said = element("div", { className: "answer" });
  said.setAttribute("aria-live", "polite");
  const check = () => {
    const answer = read();
    const marked = given(answer) ? markQuestion(question, answer) : null;
    said.className = `answer ${marked ? (marked.ok ? "right" : "wrong") : ""}`;
    said.textContent = marked ? marked.reasons.join(" ") : "Not answered yet.";
  };
  made.append(...parts, element("button", { type: "button", textContent: "Check", onclick: check }), said);
  return made;
}

function fillQuizzes() {
  for (const place of document.querySelectorAll("div.quiz")) {
    const questions = JSON.parse(place.querySelector("script").textContent);
    place.append(...questions.map((question, i) => form(question, i + 1)));
  }
}

if (typeof document !== "undefined") document.addEventListener("DOMContentLoaded", fillQuizzes);
if (typeof module !== "undefined") module.exports = { markQuestion };
