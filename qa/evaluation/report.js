// The list of questions: drawn from the JSON block, narrowed by the form, remembered in the address. Every word of the
// data is set as text, never as HTML. What a question holds is drawn when it is opened first.
"use strict";
const { systems, questions } = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("filter");
const list = document.getElementById("list");
const count = document.getElementById("count");
const opener = document.getElementById("open");
const FIELDS = ["q", "verdict", "kind", "system"];
const SIGNS = { "right": "✓", "rightly refused": "✓", "wrong": "✗", "wrongly refused": "∅", "should have refused": "!" };
const OVERRIDES = /[\u202a-\u202e\u2066-\u2069]/g; // they can make a quotation read as something it is not

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null));
  return made;
}

function foreign(tag, className, text) {
  const made = element(tag, className, text.replace(OVERRIDES, ""));
  made.dir = "auto";
  return made;
}

function chip(result, index) {
  const made = element("span", "chip", element("span", "sign", SIGNS[result.verdict]), " " + result.verdict);
  made.dataset.verdict = result.verdict;
  if (systems.length > 1) made.prepend(foreign("bdi", "system", systems[index]), " ");
  made.dataset.system = index;
  return made;
}

function row(question) {
  const chips = question.results.map((result, index) => result && chip(result, index));
  const words = foreign("span", "asked", question.question);
  const meta = element("span", "meta", foreign("bdi", "", question.id), question.kind ? " · " : "", foreign("bdi", "", question.kind));
  const made = element("details", "row", element("summary", "", words, element("span", "chips", ...chips), meta));
  made.addEventListener("toggle", () => { if (made.open) fill(made, question); });
  return made;
}

function fill(details, question) {
  if (details.childElementCount > 1) return;
  const results = question.results.map((result, index) => result && answer(result, index));
  details.append(element("div", "body", before(question), gold(question), ...results));
  show(details, form.elements.system.value);
}

function before(question) {
  if (!question.history.length) return null;
  const turns = question.history.map((turn) => element("p", "", element("b", "", turn.role + ": "), foreign("bdi", "", turn.text)));
  return element("section", "history", element("h3", "", "Asked after"), ...turns);
}

function gold(question) {
  const answers = question.answers.map((text) => foreign("li", "", text));
  const evidence = question.evidence.map((one) => quotation(one.quote, one.article_id, one.start === null ? "" : `from ${one.start}`));
  const said = question.answerable ? (answers.length ? element("ul", "golds", ...answers) : element("p", "none", "No gold answer is given."))
    : element("p", "none", "The articles do not say; it should be refused.");
  return element("section", "gold", element("h3", "", "Gold"), said, ...evidence);
}

function quotation(quote, articleId, place, title) {
  const source = element("figcaption", "", title ? foreign("cite", "", title) : null, title ? " · " : null,
    foreign("bdi", "", articleId), place ? ` · ${place}` : null);
  return element("figure", "quotation", quote ? foreign("blockquote", "", quote) : null, source);
}

function answer(result, index) {
  const heading = element("h3", "", chip(result, index), element("span", "figures", figures(result)));
  const text = result.answer ? foreign("p", "answer", result.answer) : element("p", "none", "No answer.");
  const problem = result.problem ? foreign("p", "problem", result.problem) : null;
  const span = result.span ? element("p", "span", "Shortest: ", foreign("bdi", "", result.span)) : null;
  const cited = result.citations.map((one) => quotation(one.quote, one.article_id, `${one.start}–${one.end}`, one.title));
  const made = element("section", "result", heading, problem, text, span, ...cited, ranks(result.gold_rank));
  made.dataset.system = index;
  return made;
}

function figures(result) {
  const total = result.seconds.total;
  const parts = result.confidence === null ? [] : [`confidence ${result.confidence.toFixed(2)}`];
  if (total !== undefined && total !== null) parts.push(`${(total * 1000).toFixed(total < 0.01 ? 1 : 0)} ms`);
  return parts.join(" · ");
}

function ranks(found) {
  const place = (rank) => rank || "not among the ten";
  const parts = ["passage", "article"].filter((unit) => unit in found).map((unit) => {
    const before = found["retrieved_" + unit];
    return `${unit} ${place(found[unit])}` + (before === undefined ? "" : ` (before reading: ${place(before)})`);
  });
  return parts.length ? element("p", "ranks", "Rank of the gold: " + parts.join(" · ")) : null;
}

function haystack(question) {
  const own = [question.id, question.question, ...question.answers, ...question.evidence.flatMap((one) => [one.quote, one.article_id])];
  const theirs = question.results.map((result) => result ? [result.answer, result.problem,
    ...result.citations.flatMap((one) => [one.quote, one.article_id, one.title])] : []);
  const join = (parts) => parts.join("\n").toLowerCase();
  return { own: join(own), theirs: theirs.map(join) };
}

function wanted(index, asked) {
  const question = questions[index];
  if (asked.kind && question.kind !== asked.kind) return false;
  const words = asked.q.toLowerCase().split(/\s+/).filter(Boolean);
  return question.results.some((result, system) => {
    if (!result || (asked.system !== "" && Number(asked.system) !== system)) return false;
    if (asked.verdict && result.verdict !== asked.verdict) return false;
    return words.every((word) => texts[index].own.includes(word) || texts[index].theirs[system].includes(word));
  });
}

function show(within, system) {
  for (const part of within.querySelectorAll("[data-system]")) part.hidden = system !== "" && part.dataset.system !== system;
}

function narrow() {
  const asked = Object.fromEntries(FIELDS.map((field) => [field, form.elements[field].value]));
  let shown = 0;
  rows.forEach((made, index) => {
    made.hidden = !wanted(index, asked);
    shown += made.hidden ? 0 : 1;
    show(made, asked.system);
  });
  count.textContent = `${shown.toLocaleString("en")} of ${questions.length.toLocaleString("en")} questions`;
  opener.textContent = "Open these";
  return asked;
}

function remember() {
  const state = new URLSearchParams(Object.entries(narrow()).filter(([, value]) => value)).toString();
  history.replaceState(null, "", "#" + state);
}

function recall(scroll) {
  const state = new URLSearchParams(location.hash.slice(1));
  for (const field of FIELDS) {
    form.elements[field].value = state.get(field) ?? "";
    if (form.elements[field].selectedIndex === -1) form.elements[field].value = "";
  }
  narrow();
  if (scroll && FIELDS.some((field) => state.has(field))) document.getElementById("questions").scrollIntoView();
}

const texts = questions.map(haystack);
const rows = questions.map(row);
list.append(...rows);
form.hidden = false;
form.addEventListener("input", remember);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", (event) => {
  event.preventDefault(); // the browser would empty the fields only after this, and the list would lag behind them
  history.replaceState(null, "", "#");
  recall(false);
});
opener.addEventListener("click", () => {
  const open = opener.textContent === "Open these";
  for (const made of rows) if (!made.hidden) made.open = open;
  opener.textContent = open ? "Close these" : "Open these";
});
window.addEventListener("hashchange", () => recall(true));
recall(true);
