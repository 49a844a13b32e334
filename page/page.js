/* The chat window's own script: a mark opens its words beside the conversation; the state of the reading model is shown;
   the newest words stay in view. Without it every mark is still a link to the saved article. */
"use strict";
(() => {
  const WIDE = matchMedia("(min-width: 62.01rem)");
  const forced = new URLSearchParams(location.search).get("__theme");
  if (forced === "light" || forced === "dark") document.documentElement.style.colorScheme = forced;

  const panel = () => document.querySelector(".panel");
  let opener = null; // the link whose words the panel shows
  let wanted = null; // the one asked for last; its words may still be on their way
  let latest = 0; // answers may arrive out of order; only the last one asked for is shown

  async function open(link, { byKeyboard = false, unasked = false, stepped = false } = {}) {
    const ticket = ++latest;
    wanted = link;
    let html = "";
    try {
      const reply = await fetch(link.dataset.passage, { headers: { accept: "text/html" } });
      if (!reply.ok) throw new Error(String(reply.status));
      html = await reply.text();
    } catch {
      if (!unasked) location.href = link.href; // the article page says what is wrong
      else if (ticket === latest) wanted = opener;
      return;
    }
    if (ticket !== latest) return;
    const inside = panel().querySelector(".panel-body").contains(document.activeElement); // on what goes away now
    show(html, link);
    if (stepped && WIDE.matches) link.scrollIntoView({ block: "nearest", behavior: "instant" });
    const title = panel().querySelector(".panel-title");
    const ended = document.activeElement?.matches(".panel .steps :disabled");
    if ((byKeyboard || inside || ended) && title) title.focus({ preventScroll: true });
  }

  function show(html, link) {
    const aside = panel();
    aside.querySelector(".panel-body").innerHTML = html; // our own server's page, escaped there
    aside.dataset.open = "true";
    opener = link;
    point();
    const column = document.getElementById("evidence");
    const hit = aside.querySelector("#hit");
    column.scrollTop = 0;
    const head = document.getElementById("masthead").offsetHeight + 36;
    if (!WIDE.matches) scrollBy({ top: link.getBoundingClientRect().top - head, behavior: "instant" }); // above the sheet
    if (hit) {
      const below = hit.getBoundingClientRect().bottom - column.getBoundingClientRect().bottom;
      if (below > 0) column.scrollTop = below + 40;
    }
  }

  /* Where in the answer that stands: its marks, and "2 of 5". Drawn anew as the answer grows. */
  function point() {
    document.querySelectorAll('.mark[aria-current="true"]').forEach((mark) => mark.removeAttribute("aria-current"));
    for (const mark of opener?.closest(".turn")?.querySelectorAll(".mark") ?? []) { // the same words may stand under several
      if (mark.dataset.passage === opener.dataset.passage) mark.setAttribute("aria-current", "true");
    }
    count();
  }

  function cited(link) { // what its answer cites, each place once, in the order of the sentences; and which of them it is
    const places = new Map();
    for (const mark of link?.closest(".turn")?.querySelectorAll(".prose .mark") ?? []) {
      if (!places.has(mark.dataset.passage)) places.set(mark.dataset.passage, mark);
    }
    const all = [...places.values()];
    return { all, at: all.findIndex((mark) => mark.dataset.passage === link?.dataset.passage) };
  }

  function count() { // nothing where there is only one place, or none, as for the passages near a refusal
    const { all, at } = cited(opener);
    const steps = panel().querySelector(".steps");
    const said = `${at + 1} of ${all.length}`;
    steps.hidden = at < 0 || all.length < 2;
    if (steps.querySelector(".at").textContent !== said) steps.querySelector(".at").textContent = said;
    for (const button of steps.querySelectorAll("button")) button.disabled = !all[at + Number(button.dataset.by)];
  }

  function step(by) {
    const { all, at } = cited(wanted);
    if (at >= 0 && all[at + by]) open(all[at + by], { stepped: true });
  }

  function close({ keepFocus = false } = {}) {
    const aside = panel();
    if (!aside || aside.dataset.open !== "true") return;
    latest += 1;
    aside.dataset.open = "false";
    aside.querySelector(".panel-body").innerHTML =
      '<p class="hint">Open a number beside a sentence: the words it stands on appear here.</p>';
    if (!keepFocus && opener && opener.isConnected) opener.focus({ preventScroll: true });
    opener = wanted = null;
    point();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest(".panel .close")) return close();
    const way = event.target.closest(".panel .steps button");
    if (way) return step(Number(way.dataset.by));
    const link = event.target.closest("a[data-passage]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(link, { byKeyboard: event.detail === 0 });
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !event.target.closest?.(".panel") || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    step(by);
  });

  /* The reading model: said until it is there. */
  const SAYING = {
    starting: "Starting…",
    loading: "Loading the reading model… you can already type",
  };
  async function watchReadiness() {
    let state = null;
    try { state = await (await fetch("/health")).json(); } catch { state = { state: "gone" }; }
    const line = document.getElementById("readiness");
    if (line) {
      const count = `${state.articles?.toLocaleString("en")} article${state.articles === 1 ? "" : "s"}`;
      const text = state.state === "ready" ? count
        : state.state === "gone" ? "Footnote has stopped." : state.problem || SAYING[state.state] || "";
      if (line.textContent !== text) line.textContent = text;
      line.dataset.state = state.state;
    }
    setTimeout(watchReadiness, !line ? 200 : state.state === "ready" ? 5000 : 1000);
  }

  /* The newest words: followed as long as the reader is at the end, and at every new question. */
  let pinned = true;
  let turn = "";
  function toEnd(now) { // as far down as shows the end, but never past the question itself
    const start = now.getBoundingClientRect().top + scrollY - 60; // below the masthead
    scrollTo({ top: Math.min(start, document.documentElement.scrollHeight - innerHeight), behavior: "instant" });
  }
  addEventListener("scroll", () => {
    pinned = innerHeight + scrollY >= document.documentElement.scrollHeight - 120;
  }, { passive: true });
  function followed() {
    const now = document.querySelector("#live .turn");
    if (!now) { if (turn) close({ keepFocus: true }); turn = ""; return; }
    const asked = `${now.dataset.turn} ${now.querySelector(".question").textContent}`;
    if (asked !== turn) {
      if (turn) close({ keepFocus: true });
      turn = asked;
      pinned = true;
    }
    if (pinned) toEnd(now);
    if (opener) point();
    const first = now.dataset.state === "done" && now.querySelector(".prose .mark");
    if (first && now.dataset.shown !== "true" && WIDE.matches) { now.dataset.shown = "true"; open(first, { unasked: true }); }
    if (now.dataset.state === "growing") delete now.dataset.shown;
    else if (now.querySelector(".prose")) suggest(now);
  }
  function watchConversation() {
    const live = document.getElementById("live");
    if (!live) return void setTimeout(watchConversation, 100);
    new MutationObserver(followed).observe(live, { childList: true, subtree: true, characterData: true, attributes: true,
      attributeFilter: ["data-turn", "data-state"] });
    followed();
  }

  /* What Gradio leaves out: the direction of what is typed, and whether the filters are open. */
  document.addEventListener("focusin", (event) => { if (event.target.matches?.("#question textarea")) event.target.dir = "auto"; });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("#filters > button");
    if (button) setTimeout(() => button.setAttribute("aria-expanded", String(button.classList.contains("open"))), 50);
  });

  /* Which answer a button stands under: its place, and its id, since another page may have opened another conversation. */
  const shown = (node) => node.closest(".turn").dataset;
  const address = (path, node) => `${path}?${new URLSearchParams({ turn: shown(node).turn, id: shown(node).exchange })}`;

  /* An answer to the clipboard, with its footnotes. */
  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    if (!copy) return;
    let said = "Could not be copied";
    try {
      const reply = await fetch(address("/copy", copy));
      if (reply.ok) { await navigator.clipboard.writeText(await reply.text()); said = "Copied"; }
    } catch { /* said already */ }
    copy.textContent = said;
    setTimeout(() => { copy.textContent = "Copy with footnotes"; }, 2000);
  });

  /* A link to one answer: to the clipboard, and shown, for where the clipboard is refused. */
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-link]");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    let copied = true;
    try { await navigator.clipboard.writeText(link.href); } catch { copied = false; }
    const group = link.closest(".judge");
    group.querySelector(".linked")?.remove();
    const line = Object.assign(document.createElement("label"), { className: "linked" });
    const said = Object.assign(document.createElement("span"), { textContent: copied ? "Copied, for whoever reaches this server:" : "Copy this link:" });
    said.setAttribute("role", "status");
    const box = Object.assign(document.createElement("input"), { type: "text", readOnly: true, value: link.href });
    box.setAttribute("aria-label", "Link to this answer");
    line.append(said, box);
    group.append(line);
    box.addEventListener("focus", () => box.select());
    if (!copied) box.focus();
    if (pinned) toEnd(group.closest(".turn"));
  });

  /* Where to go on: questions that were checked, asked for once the answer stands. */
  async function suggest(turn) {
    const line = turn.querySelector(".suggestions");
    if (!line || line.dataset.asked) return;
    line.dataset.asked = "true";
    let found = [];
    try {
      const reply = await fetch(address("/suggest", line));
      if (reply.ok) found = await reply.json();
    } catch { /* none then */ }
    if (!found.length || !line.isConnected) return;
    line.append(Object.assign(document.createElement("span"), { textContent: "The articles also answer:" }));
    for (const question of found) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "suggestion", textContent: question });
      button.dataset.ask = question;
      line.append(button);
    }
    if (pinned) toEnd(turn);
  }

  /* A question put back into the box, to be changed and asked again. */
  document.addEventListener("click", (event) => {
    const again = event.target.closest("[data-ask]");
    if (again) putBack(again.dataset.ask);
  });
  function putBack(question) {
    const box = document.querySelector("#question textarea");
    if (!box) return false;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, question);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
    return true;
  }

  /* A question in the address, from the page of one answer: into the box, never asked by itself. */
  function fromAddress() {
    const here = new URL(location.href);
    const question = here.searchParams.get("q");
    if (!question) return;
    if (!putBack(question.slice(0, 2000))) return void setTimeout(fromAddress, 100);
    here.searchParams.delete("q");
    history.replaceState(history.state, "", here); // a reload finds the box as it is left
  }

  /* After a button the box is at hand again; not where that would raise a keyboard over the answer. */
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#ask, #stop, #new, .example") || !matchMedia("(hover: hover)").matches) return;
    setTimeout(() => document.querySelector("#question textarea")?.focus({ preventScroll: true }), 0);
  });

  /* A judgement: kept beside the library, for `footnote eval cases`. A wrong answer may be told the right one. */
  async function judge(group, thumb, right = "") {
    const body = JSON.stringify({ turn: Number(shown(group).turn), id: shown(group).exchange, thumb, right });
    let said = "Could not be kept.";
    try {
      const reply = await fetch("/judge", { method: "POST", headers: { "content-type": "application/json" }, body });
      if (reply.ok) said = right || thumb === "up" ? "Thank you, kept." : "Kept.";
    } catch { /* said already */ }
    for (const button of group.querySelectorAll(".thumb")) button.setAttribute("aria-pressed", String(button.dataset.thumb === thumb));
    let line = group.querySelector(".judged");
    if (!line) { line = Object.assign(document.createElement("span"), { className: "judged" }); line.setAttribute("role", "status"); group.append(line); }
    line.textContent = said;
    group.querySelector(".right")?.remove();
    if (thumb === "down" && !right && said === "Kept.") askRight(group);
  }
  function askRight(group) {
    const box = Object.assign(document.createElement("input"), { type: "text", maxLength: 2000, className: "right",
      placeholder: "What would be right? (Enter)", dir: "auto" });
    box.setAttribute("aria-label", "The right answer, if you know it");
    box.addEventListener("keydown", (event) => { if (event.key === "Enter" && box.value.trim()) judge(group, "down", box.value.trim()); });
    group.append(box);
    box.focus();
  }
  document.addEventListener("click", (event) => {
    const thumb = event.target.closest(".thumb");
    if (thumb) judge(thumb.closest(".judge"), thumb.dataset.thumb);
  });

  fromAddress();
  watchConversation();
  watchReadiness();
})();
