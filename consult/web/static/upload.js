// A document over a bad line: sent in pieces, gone on with after a break, checked whole at the end. Without this file, or for
// a small file, the form sends it at once. form[data-pieces=ADDRESS] with one file; of the lines [data-when] one shows.
(() => {
  "use strict";
  document.querySelector(".errors")?.focus();
  document.querySelector("form[action$='/sign-out']")?.addEventListener("submit", () => localStorage.clear());
  const form = document.querySelector("form[data-pieces]");
  if (!form || !window.fetch) return;
  const SMALL = 65536, PIECE = 65536, PATIENCE = 90000, SLOWEST = 60000;
  const input = form.querySelector("input[type=file]"), line = form.querySelector("[data-upload-line]");
  const bar = line.querySelector("progress");
  let busy = false, passing = false;
  const show = (state, words) => {
    for (const one of line.querySelectorAll("[data-when]")) one.hidden = one.dataset.when !== state;
    if (words) line.querySelector("[data-words]").textContent = words;
    bar.hidden = state !== "sending" && state !== "waiting";
  };
  const post = (address, body, type) =>
    fetch(address, {
      method: "POST", body, credentials: "same-origin", redirect: "error", referrerPolicy: "strict-origin",
      signal: AbortSignal.timeout?.(PATIENCE), headers: { "Content-Type": type },
    });
  // a pause ends early when the connection is back
  const pause = (time) => new Promise((go) => { setTimeout(go, time); addEventListener("online", go, { once: true }); });
  const patiently = async (ask) => {
    for (let wait = 2000; ; wait = Math.min(2 * wait, SLOWEST)) {
      try {
        const answer = await ask();
        if (answer.status < 500) return answer;
      } catch {} // no connection
      show("waiting");
      await pause(wait);
    }
  };
  const send = async (file) => {
    const told = { name: file.name, size: file.size, mark: `${file.name} ${file.size} ${file.lastModified}` };
    show("sending");
    let answer = await patiently(() => post(form.dataset.pieces, JSON.stringify(told), "application/json"));
    if (!answer.ok) return answer;
    let { id, received } = await answer.json();
    for (;;) {
      bar.value = received / file.size;
      const place = received, part = file.slice(place, place + PIECE);
      answer = await patiently(() => post(`${form.dataset.pieces}${id}/${place}`, part, "application/octet-stream"));
      if (!answer.ok && answer.status !== 409) return answer;
      const said = await answer.json();
      if (said.done) return answer;
      ({ received } = said);
      show("sending");
    }
  };
  document.addEventListener("submit", async (event) => {
    const file = input.files[0], button = event.submitter;
    if (event.target !== form || passing || !file || file.size <= SMALL || !button) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    const answer = await send(file);
    busy = false;
    if (answer.ok) {
      input.value = "";
      if (!button.value) return location.reload();
      passing = true;
      return button.click();
    }
    if (answer.status === 422) return show("refused", (await answer.json()).refused);
    show("ended");
  });
  addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });
})();
