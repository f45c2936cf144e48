// The codebook beside a text, for whoever codes by name: "/" in a line of codes goes to the search, Enter writes the number of
// the first code found into that line, Escape goes back. U presses the button that takes the last step back, Shift and U the
// one that does it again. Without this file codes are read in the list and written as numbers, and the buttons are pressed.
(() => {
  "use strict";
  const search = document.querySelector("[data-find-code]"), lines = [...document.querySelectorAll("[data-step]")];
  if (!search || !lines.length) return;
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
  const codes = [...document.querySelectorAll("#codebook li")].map((item) => ({ item, words: plain(item.textContent) }));
  let line = lines[0];
  const narrow = () => { for (const one of codes) one.item.hidden = !one.words.includes(plain(search.value)); };
  const back = () => { search.value = ""; narrow(); line.focus(); };

  search.closest("[hidden]").hidden = false;
  search.addEventListener("input", narrow);
  for (const one of lines) one.addEventListener("keydown", (key) => {
    if (key.code === "KeyU" && !key.ctrlKey && !key.metaKey && !key.altKey) {
      key.preventDefault();
      document.querySelector(`[name=then][value=${key.shiftKey ? "redo" : "undo"}]`)?.click();
    }
    if (key.code !== "Slash" || key.shiftKey || key.ctrlKey || key.metaKey || key.altKey) return;
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
