// The codebook beside a text, for whoever codes by name: "/" in a line of codes goes to the search, Enter writes the number of
// the first code found into that line, Escape goes back. U presses the button that takes the last step back, Shift and U the
// one that does it again. What is saved goes from the script, so that the page stays as it is where no server can be reached,
// and comes back at the next passage without a code, where it was on the screen. Without this file codes are read in the
// list and written as numbers, and the buttons are pressed.
(() => {
  "use strict";
  const search = document.querySelector("[data-find-code]"), lines = [...document.querySelectorAll("[data-step]")];
  if (!search || !lines.length) return;
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
  const codes = [...document.querySelectorAll("#codebook li")].map((item) => ({ item, words: plain(item.textContent) }));
  const form = lines[0].form, away = form.querySelector("[data-away]"), done = form.querySelector("[data-next]");
  let line = lines[0], sending = false, shown = false;
  const narrow = () => { for (const one of codes) one.item.hidden = !one.words.includes(plain(search.value)); };
  const back = () => { search.value = ""; narrow(); line.focus(); };

  // ---- one passage is seen whole: its words, its line, what is suggested
  for (const one of lines) one.addEventListener("focus", () => {
    line = one;
    one.closest("section").scrollIntoView({ block: "nearest" });
  });
  if (!document.querySelector(".errors")) document.getElementById(history.state?.line)?.focus();

  // ---- saving
  form.addEventListener("submit", async (sent) => {
    if (shown || !sent.submitter) return;
    sent.preventDefault();
    if (sending) return;
    sending = true;
    const { name, value, dataset } = sent.submitter, body = new URLSearchParams(new FormData(form));
    if (name) body.append(name, value);
    try {
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
      if (answer.type === "opaqueredirect") {
        if (dataset.next) return location.assign(dataset.next);
        const to = name ? line : lines.find((one, at) => at > lines.indexOf(line) && !one.value.trim()) || done;
        history.replaceState({ line: to.id }, "");
        return location.reload();
      }
      shown = true; // what is wrong is asked for once more
      form.requestSubmit(sent.submitter);
    } catch {
      line.closest(".field").append(away);
      away.hidden = sending = false;
    }
  });

  search.closest("[hidden]").hidden = false;
  search.addEventListener("input", narrow);
  for (const one of lines) one.addEventListener("keydown", (key) => {
    if (key.code === "KeyU" && !key.ctrlKey && !key.metaKey && !key.altKey) {
      key.preventDefault();
      document.querySelector(`[name=then][value=${key.shiftKey ? "redo" : "undo"}]`)?.click();
    }
    // where "/" is elsewhere, its place counts if it gives a letter; what a line may hold, such as - and ?, is written
    if (!(key.key === "/" || (key.code === "Slash" && /^\p{L}$/u.test(key.key))) || key.ctrlKey || key.metaKey || key.altKey) return;
    key.preventDefault();
    line = one;
    search.focus();
  });
  search.addEventListener("keydown", (key) => {
    if (key.key !== "Enter" && key.key !== "Escape") return;
    key.preventDefault();
    const found = key.key === "Enter" && search.value.trim() && codes.find((one) => !one.item.hidden);
    if (found) line.value = `${line.value.trim()} ${found.item.dataset.code}`.trim();
    if (found || key.key === "Escape") back();
  });
})();
