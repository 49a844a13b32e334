/* Bringing articles in, made nicer: what was chosen is listed before it is sent, the upload shows how far it is, and the
   progress page stays still. Without it the forms are sent and the page refreshes itself. */
"use strict";
(() => {
  const BEAT = 1000; // milliseconds between two looks at an errand
  const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

  /* The chooser: list, warn, take what is dropped. */
  const chooser = document.querySelector(".drop input");
  function list() {
    const files = [...chooser.files];
    const rows = files.map((file) => {
      const row = document.createElement("li");
      const large = file.size > Number(chooser.dataset.each);
      row.textContent = `${file.name} · ${size(file.size)}${large ? " · too large, it will be skipped" : ""}`;
      row.classList.toggle("too", large);
      return row;
    });
    if (files.reduce((sum, file) => sum + file.size, 0) > Number(chooser.dataset.every)) {
      const row = document.createElement("li");
      row.className = "too";
      row.textContent = `Together they are larger than ${size(Number(chooser.dataset.every))}; the last ones will be skipped.`;
      rows.push(row);
    }
    document.querySelector(".chosen").replaceChildren(...rows);
  }
  if (chooser) {
    const zone = chooser.closest(".drop");
    chooser.addEventListener("change", list);
    for (const kind of ["dragenter", "dragover"]) {
      zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); });
    }
    for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!event.dataTransfer.files.length) return;
      chooser.files = event.dataTransfer.files;
      list();
    });
    list(); // a browser that went back may have kept them
    chooser.form.addEventListener("submit", send);
  }

  /* The upload, followed; the server's answer leads on, or says in a sentence what is wrong. */
  function send(event) {
    event.preventDefault();
    const form = event.target;
    const said = form.querySelector(".sending");
    const button = form.querySelector("button");
    const request = new XMLHttpRequest();
    const fail = (sentence) => { said.textContent = sentence; button.disabled = false; };
    request.open("POST", form.action);
    request.upload.addEventListener("progress", (now) => {
      if (now.lengthComputable) said.textContent = `Sending: ${Math.round((100 * now.loaded) / now.total)} %`;
    });
    request.addEventListener("load", () => {
      if (request.status === 200) { location.href = request.responseURL; return; }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const alert = page.querySelector("[role=alert]");
      fail(alert ? alert.textContent : request.responseText.slice(0, 200));
    });
    request.addEventListener("error", () => fail("The files could not be sent. Is Footnote still running?"));
    button.disabled = true;
    request.send(new FormData(form));
  }

  /* The progress page: the same page again, without a reload. */
  async function look() {
    let page;
    try {
      const reply = await fetch(location.href, { headers: { accept: "text/html" } });
      page = new DOMParser().parseFromString(await reply.text(), "text/html"); // our own server's page, escaped there
    } catch {
      setTimeout(look, 3 * BEAT); // the server may be on its way back
      return;
    }
    const work = document.getElementById("work");
    const fresh = page.getElementById("work");
    if (!fresh) { location.reload(); return; }
    if (fresh.dataset.state === work.dataset.state && fresh.querySelector(".now")) {
      work.querySelector(".now").replaceWith(fresh.querySelector(".now"));
    } else {
      const inside = work.contains(document.activeElement);
      document.title = page.title;
      work.replaceWith(fresh);
      if (inside) fresh.querySelector("h1").focus();
    }
    follow();
  }
  function follow() {
    const work = document.getElementById("work");
    if (work && ["waiting", "running"].includes(work.dataset.state)) setTimeout(look, BEAT);
  }
  follow();
})();
