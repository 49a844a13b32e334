/* Checking and asking again: the cited words at a mark before it is opened, a question asked again without one of its
   restrictions or with more or less care, one article taken away from what is asked. Foreign text is only ever text. */
"use strict";
(() => {
  /* The preview. It stays while the pointer is on the mark or on it, Escape closes it, and it takes no room of the page. */
  const WAIT = 250, LEAVE = 250; // milliseconds before it appears; before it goes, so that the pointer can get onto it
  const MARGIN = 8; // pixels to the edges of the window
  const preview = document.createElement("div");
  preview.id = "preview";
  preview.setAttribute("role", "tooltip");
  preview.hidden = true;
  for (const part of ["quoted", "about"]) {
    preview.append(Object.assign(document.createElement("p"), { className: part, dir: "auto" }));
  }
  document.body.append(preview);
  let shown = null; // the mark it belongs to
  let timer = 0;

  function show(mark) {
    clearTimeout(timer);
    if (!mark.isConnected || !mark.dataset.quote) return;
    hide();
    shown = mark;
    preview.firstChild.textContent = mark.dataset.quote;
    preview.lastChild.textContent = mark.dataset.about;
    preview.hidden = false;
    mark.setAttribute("aria-describedby", "preview");
    place(mark.getBoundingClientRect(), preview.getBoundingClientRect());
  }
  function place(at, size) { // above the mark where there is room, else below
    const left = Math.min(at.left + at.width / 2 - size.width / 2, innerWidth - size.width - MARGIN);
    const above = at.top - size.height - 4;
    preview.style.left = `${Math.max(MARGIN, left)}px`;
    preview.style.top = `${above > 60 ? above : at.bottom + 4}px`;
  }
  function hide() {
    clearTimeout(timer);
    preview.hidden = true;
    shown?.removeAttribute("aria-describedby");
    shown = null;
  }
  function later(action, delay) {
    clearTimeout(timer);
    timer = setTimeout(action, delay);
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const mark = event.target.closest?.(".mark[data-quote]");
    if (mark && mark !== shown) later(() => show(mark), WAIT);
    else if (mark || preview.contains(event.target)) clearTimeout(timer);
    else if (shown && shown !== document.activeElement) later(hide, LEAVE);
    else clearTimeout(timer);
  });
  document.addEventListener("focusin", (event) => {
    const mark = event.target.closest?.(".mark[data-quote]");
    if (mark?.matches(":focus-visible")) show(mark);
    else if (shown) hide();
  });
  document.addEventListener("focusout", (event) => { if (event.target === shown && !shown.matches(":hover")) hide(); });
  document.addEventListener("click", (event) => { if (!preview.contains(event.target)) hide(); }, true);
  addEventListener("scroll", (event) => {
    if (!shown || event.target === preview) return;
    const at = shown.getBoundingClientRect();
    if (at.bottom < 0 || at.top > innerHeight || !shown.isConnected) hide();
    else place(at, preview.getBoundingClientRect());
  }, { capture: true, passive: true });
  addEventListener("resize", hide);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !shown) return;
    event.stopPropagation(); // the panel beside it stays
    hide();
  }, true);

  /* What Gradio is told: a hidden box is filled, a hidden button pressed. */
  function fill(selector, text) {
    const box = document.querySelector(`${selector} textarea, ${selector} input`);
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), "value").set.call(box, text);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const settled = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-again]");
    if (!button) return;
    const exchange = button.closest(".turn").dataset.exchange;
    fill("#wish", JSON.stringify({ exchange, way: button.dataset.again, value: button.dataset.value ?? "" }));
    await settled();
    document.querySelector("#ask-again").click();
    if (matchMedia("(hover: hover)").matches) document.querySelector("#question textarea").focus({ preventScroll: true });
  });

  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-widen]")?.closest(".only");
    if (!chip) return;
    fill("#only", "");
    chip.remove();
    const address = new URL(location.href);
    address.searchParams.delete("article");
    history.replaceState(history.state, "", address); // a reload asks all articles too
    document.querySelector("#question textarea")?.focus({ preventScroll: true });
  });
})();
