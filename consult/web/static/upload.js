// A file over a bad line: sent in pieces, gone on with after a break, checked whole at the end. Without this file, or for a
// small one, the form sends it at once. form[data-pieces=ADDRESS]; beside each of its file inputs a [data-upload-line=QUESTION],
// of whose [data-when] one shows. A file that answers no question is a document: its page is shown anew once all are added.
(() => {
  "use strict";
  document.querySelector(".errors")?.focus();
  document.querySelector("form[action$='/sign-out']")?.addEventListener("submit", () => localStorage.clear());
  const form = document.querySelector("form[data-pieces]");
  if (!form || !window.fetch) return;
  const SMALL = 65536, PIECE = 65536, PATIENCE = 90000, SLOWEST = 60000;
  const lineOf = (input) => input.closest(".field").querySelector("[data-upload-line]");
  let busy = false, passing = false;
  const show = (line, state, words) => {
    for (const one of line.querySelectorAll("[data-when]")) one.hidden = one.dataset.when !== state;
    if (words) line.querySelector("[data-words]").textContent = words;
    line.querySelector("progress").hidden = state !== "sending" && state !== "waiting";
  };
  const post = (address, body, type) =>
    fetch(address, {
      method: "POST", body, credentials: "same-origin", redirect: "error", referrerPolicy: "strict-origin",
      signal: AbortSignal.timeout?.(PATIENCE), headers: { "Content-Type": type },
    });
  // a pause ends early when the connection is back
  const pause = (time) => new Promise((go) => { setTimeout(go, time); addEventListener("online", go, { once: true }); });
  const patiently = async (line, ask) => {
    for (let wait = 2000; ; wait = Math.min(2 * wait, SLOWEST)) {
      try {
        const answer = await ask();
        if (answer.status < 500) return answer;
      } catch {} // no connection
      show(line, "waiting");
      await pause(wait);
    }
  };
  const send = async (file, line) => {
    const mark = `${file.name} ${file.size} ${file.lastModified}`;
    const told = JSON.stringify({ name: file.name, size: file.size, mark, question: line.dataset.uploadLine });
    show(line, "sending");
    let answer = await patiently(line, () => post(form.dataset.pieces, told, "application/json"));
    if (!answer.ok) return answer;
    let { id, received } = await answer.json();
    for (;;) {
      line.querySelector("progress").value = received / file.size;
      const place = received, part = file.slice(place, place + PIECE);
      answer = await patiently(line, () => post(`${form.dataset.pieces}${id}/${place}`, part, "application/octet-stream"));
      if (!answer.ok && answer.status !== 409) return answer;
      const said = await answer.json();
      if (said.done) return said;
      ({ received } = said);
      show(line, "sending");
    }
  };
  const inputs = [...form.querySelectorAll("input[type=file]")];
  document.addEventListener("submit", async (event) => {
    const large = inputs.filter((one) => one.files[0]?.size > SMALL);
    const button = event.submitter;
    // while a draft saves itself first (draft.js) the submit is held back, and comes again
    if (event.target !== form || event.defaultPrevented || passing || !large.length || !button) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    let page = "";
    for (const input of large) {
      const line = lineOf(input), answer = await send(input.files[0], line);
      if (!answer.done) {
        busy = false;
        if (answer.status === 422) return show(line, "refused", (await answer.json()).refused);
        return show(line, "ended");
      }
      input.value = "";
      page = line.dataset.uploadLine ? "" : answer.done;
    }
    busy = false;
    if (page && !button.value && !inputs.some((one) => one.files[0])) return location.replace(page);
    passing = true;
    button.click();
  });
  addEventListener("pageshow", () => { passing = false; });
  addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });
})();
