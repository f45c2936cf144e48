// Comforts only: every page does its work without this file.
// 1 the error summary takes the focus   2 what drafts left behind is cleared away   3 what is live renews itself
// 4 a form says what it means while it is filled in   5 J and K, N and P, or down and up, go from line to line; X ticks one
(() => {
  "use strict";
  const seconds = (element, name, otherwise) => 1000 * (Number(element.dataset[name]) || otherwise);

  // 1 ----
  document.querySelector(".errors")?.focus();

  // 2 ---- what drafts left in this browser (draft.js): gone after seven days, at signing out, where a page or form says so
  try {
    const left = (key) => Object.keys(localStorage).filter((name) => name.startsWith(key));
    const forget = (key) => left(key).forEach((name) => localStorage.removeItem(name));
    document.querySelector("form[action$='/sign-out']")?.addEventListener("submit", () => { forget("draft:"); sessionStorage.clear(); });
    for (const one of document.querySelectorAll("[data-forget]")) {
      if (one.matches("form")) one.addEventListener("submit", () => forget(one.dataset.forget));
      else forget(one.dataset.forget);
    }
    for (const note of document.querySelectorAll("[data-left]")) {
      const [name] = left(note.dataset.left), link = note.querySelector("a");
      note.hidden = !name;
      if (name) link.href = link.href.replace(/[^/]+\/$/, name.split(":")[2] + "/");
    }
    for (const name of left("draft:")) if (!(JSON.parse(localStorage[name]).at > Date.now() - 6048e5)) localStorage.removeItem(name);
  } catch {} // nothing can be kept in this browser

  // 3 ---- [data-live=ADDRESS] with an id; the answer is that region, or a page that holds it
  for (const region of document.querySelectorAll("[data-live][id]")) {
    const every = seconds(region, "liveEvery", 5);
    let tag = "", wait = every;
    const typing = () => region.contains(document.activeElement) && document.activeElement.matches("input,select,textarea");
    const renew = async () => {
      if (!document.hidden && !typing()) {
        try {
          const answer = await fetch(region.dataset.live || location.href, {
            cache: "no-store", credentials: "same-origin", redirect: "error", headers: tag ? { "If-None-Match": tag } : {},
          });
          if (answer.status === 200) {
            tag = answer.headers.get("ETag") || "";
            put(new DOMParser().parseFromString(await answer.text(), "text/html"));
          } else if (answer.status !== 304) throw new Error(answer.status);
          wait = every;
        } catch {
          wait = Math.min(2 * wait, 60000);
        }
      }
      setTimeout(renew, wait);
    };
    const put = (page) => {
      const fresh = page.getElementById(region.id) || page.body;
      if (typing() || fresh.innerHTML.trim() === region.innerHTML.trim()) return;
      for (const open of region.querySelectorAll("details[open][id]")) page.getElementById(open.id)?.setAttribute("open", "");
      const focused = region.contains(document.activeElement) && document.activeElement.id;
      region.replaceChildren(...fresh.childNodes);
      if (focused) document.getElementById(focused)?.focus();
    };
    setTimeout(renew, wait);
  }

  // 4 ---- form[data-explain=ID]: after a change, the region ID of the answer to its button "explain" takes the place of ours
  for (const form of document.querySelectorAll("form[data-explain]")) {
    let waiting;
    const explain = async () => {
      const answers = new FormData(form);
      answers.set("then", "explain");
      const answer = await fetch(form.action, { method: "POST", body: answers, credentials: "same-origin", redirect: "error" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(form.dataset.explain);
      if (fresh) document.getElementById(form.dataset.explain).replaceChildren(...fresh.childNodes);
    };
    form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => explain().catch(() => {}), 700); }); // offline, the button is still there
  }

  // 5 ---- [data-step]: only while one of these lines has the focus, whatever the layout of the keyboard
  const lines = [...document.querySelectorAll("[data-step]")];
  for (const [at, line] of lines.entries()) line.addEventListener("keydown", (key) => {
    const tick = key.code === "KeyX" && !line.matches("input") && line.closest("li")?.querySelector("[type=checkbox]");
    if (tick && !key.ctrlKey && !key.metaKey && !key.altKey) return tick.click();
    const to = lines[at + ({ KeyN: 1, KeyJ: 1, ArrowDown: 1, KeyP: -1, KeyK: -1, ArrowUp: -1 }[key.code] || NaN)];
    if (!to || key.ctrlKey || key.metaKey || key.altKey) return;
    key.preventDefault();
    to.focus();
  });
})();
