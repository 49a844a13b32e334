/* The page that stands until the chat does: it looks every second whether that has changed, and only then loads anew, so
   that nobody has it read aloud again and again. Without script the page refreshes itself. */
"use strict";
(() => {
  const BEAT = 1000; // milliseconds between two looks
  const shown = document.currentScript.dataset.state;
  const problem = document.querySelector("[role=alert]")?.textContent ?? "";

  async function look() {
    let now = { state: shown, problem };
    try { now = await (await fetch("/health")).json(); } catch { /* the server may be on its way back */ }
    if (now.state !== shown || now.problem !== problem) location.reload();
    else setTimeout(look, BEAT);
  }
  look();
})();
