// A text that nobody has saved yet: this tab keeps it through a lost line, a reload and a way back, and asks before it is
// closed. Nothing leaves the page. Once it was saved, draft.js looks after the text and the tab forgets it.
(() => {
  "use strict";
  const form = document.querySelector("form[data-unsaved]");
  let store = null;
  try { store = sessionStorage; } catch {} // nothing can be kept in this tab
  if (!form) return store?.removeItem("begun");

  const fields = [...form.querySelectorAll("[name=title], [name=text], [name=proposals]")];
  const line = form.querySelector("[data-offline]"), typed = () => fields.some((one) => one.value.trim());
  const kept = JSON.parse(store?.getItem("begun") ?? "null");
  let passing = false;
  if (kept && !typed()) fields.forEach((one, at) => { one.value = kept[at]; });

  form.addEventListener("input", () => {
    if (form.elements.shared.checked || !typed()) return store?.removeItem("begun");
    try { store?.setItem("begun", JSON.stringify(fields.map((one) => one.value))); } catch {} // full: the question is left
  });
  form.addEventListener("submit", (event) => {
    passing = navigator.onLine;
    line.hidden = passing;
    if (!passing) event.preventDefault();
  });
  addEventListener("pageshow", () => { passing = false; });
  addEventListener("beforeunload", (event) => { if (!passing && typed()) event.preventDefault(); });
})();
