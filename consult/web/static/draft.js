// A draft that saves itself. What changed goes to the server; what cannot go is said to be here only, and where it may
// be kept (data-keep), it is kept in this browser until it has gone. Without this file the page is saved by its buttons.
// form[data-autosave=ADDRESS]; of the lines [data-when] one shows: saved device page ended moved held gone
(() => {
  "use strict";
  document.querySelector(".errors")?.focus();
  let store = null;
  try { store = localStorage; } catch {} // nothing can be kept in this browser
  const forget = (key) => { for (const name of Object.keys(store || {})) if (name.startsWith(key)) store.removeItem(name); };
  document.querySelector("form[action$='/sign-out']")?.addEventListener("submit", () => forget("draft:"));
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;

  const EVERY = 5000, SLOWEST = 60000, PATIENCE = 30000;
  const page = form.elements.page.value, version = form.elements.version, line = form.querySelector("[data-draft-line]");
  let keep = store && form.dataset.keep, taken = "", busy = null, passing = false, state = "", wait = EVERY, timer;
  document.querySelector("[data-scripted]").hidden = false;
  document.querySelector("form[data-forget]")?.addEventListener("submit", (event) => forget(event.target.dataset.forget));
  form.elements.shared?.addEventListener("change", (event) => { // others use this device
    forget(form.dataset.keep);
    keep = !event.target.checked && store && form.dataset.keep;
  });

  // ---- what the fields say
  const fields = [...form.elements].filter((one) =>
    one.name && !/^(csrf_token|version|page|asked)$/.test(one.name) && !/file|submit|button/.test(one.type));
  const names = [...new Set(fields.map((one) => one.name))];
  const values = (one, first) => {
    if (one.options) return [...one.options].filter((o) => (first ? o.defaultSelected : o.selected)).map((o) => o.value);
    if (/radio|checkbox/.test(one.type)) return (first ? one.defaultChecked : one.checked) ? [one.value] : [];
    return [first ? one.defaultValue : one.value];
  };
  const read = (first) =>
    Object.fromEntries(names.map((name) => [name, fields.filter((one) => one.name === name).flatMap((one) => values(one, first))]));
  const write = (name, kept) => {
    for (const one of fields.filter((one) => one.name === name)) {
      if (one.options) for (const option of one.options) option.selected = kept.includes(option.value);
      else if (/radio|checkbox/.test(one.type)) one.checked = kept.includes(one.value);
      else one.value = kept[0] ?? "";
    }
  };
  let base = read(true);
  const changed = (now) => names.filter((name) => JSON.stringify(now[name]) !== JSON.stringify(base[name]));

  // ---- a longer text goes as the piece that changed, counted in characters, with the Adler-32 of the whole
  const check = (text) => {
    let a = 1, b = 0;
    for (const byte of new TextEncoder().encode(text)) b = (b + (a = (a + byte) % 65521)) % 65521;
    return b * 65536 + a;
  };
  const splice = (before, after) => {
    const was = [...before], is = [...after];
    let at = 0, end = 0;
    while (at < was.length && at < is.length && was[at] === is[at]) at++;
    while (end < Math.min(was.length, is.length) - at && was[was.length - 1 - end] === is[is.length - 1 - end]) end++;
    return [at, was.length - at - end, is.slice(at, is.length - end).join(""), check(after)];
  };
  const isLong = (name) => fields.find((one) => one.name === name).type === "textarea";

  // ---- saving
  const show = (now, words) => {
    if (words) line.querySelector("[data-words]").textContent = words;
    if (now !== state) for (const one of line.children) one.hidden = one.dataset.when !== now;
    state = now;
  };
  const hold = (now, list) => {
    if (!keep || !list.length) return false;
    const kept = { at: Date.now(), version: version.value, fields: Object.fromEntries(list.map((name) => [name, now[name]])) };
    try { store.setItem(`${keep}:${page}`, JSON.stringify(kept)); } catch { return false; }
    return true;
  };
  const renew = async () => { // who signed in again beside this page has another token; the button of the form needs it
    const text = await (await fetch(location.href, { credentials: "same-origin" })).text();
    const token = new DOMParser().parseFromString(text, "text/html").querySelector("[data-autosave] [name=csrf_token]");
    if (token) form.elements.csrf_token.value = token.value;
  };
  const send = async (now, list, leaving, whole) => {
    const sent = Object.fromEntries(list.map((n) => [n, isLong(n) && !whole ? splice(base[n][0], now[n][0]) : now[n]]));
    let answer;
    try {
      answer = await fetch(form.dataset.autosave, {
        method: "POST", credentials: "same-origin", redirect: "error", referrerPolicy: "strict-origin", keepalive: leaving,
        signal: AbortSignal.timeout?.(PATIENCE), headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ version: Number(version.value), page, fields: sent }),
      });
      if (answer.ok) {
        const said = await answer.json();
        for (const name of list) base[name] = now[name];
        version.value = said.version;
        if (state === "ended") renew().catch(() => {});
        for (const name of [`${keep}:${page}`, taken]) store?.removeItem(name);
        show("saved", said.line);
        return "saved";
      }
      if (answer.status === 412 && !whole) return send(now, list, leaving, true);
    } catch {
      return "away";
    }
    return { 401: "ended", 403: "gone", 404: "gone", 409: "moved", 423: "held" }[answer.status] || "away";
  };
  const save = async (leaving = false) => {
    const now = read(), list = changed(now);
    if (!list.length) return "saved";
    if (leaving || state === "device") hold(now, list);
    const found = await send(now, list, leaving);
    if (found !== "saved") {
      const held = hold(read(), changed(read()));
      show(found === "away" ? (held ? "device" : "page") : found);
    }
    wait = found === "saved" ? EVERY : Math.min(2 * wait, SLOWEST);
    return found;
  };
  const once = (leaving) => (busy ??= save(leaving).finally(() => { busy = null; }));
  const stopped = () => state === "moved" || state === "gone";
  const next = (after = wait) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (stopped()) hold(read(), changed(read()));
      else await once();
      next();
    }, after);
  };

  // ---- a file that answers a question goes in pieces: the script for it comes once one is chosen
  form.addEventListener("change", (event) => {
    if (event.target.type !== "file" || !form.dataset.uploader) return;
    document.head.append(Object.assign(document.createElement("script"), { src: form.dataset.uploader }));
    delete form.dataset.uploader;
  });

  // ---- when
  form.addEventListener("input", () => { if (state === "device") hold(read(), changed(read())); });
  document.addEventListener("visibilitychange", () => {
    if (stopped()) return;
    if (document.hidden) once(true);
    else next(0);
  });
  addEventListener("online", () => { if (!stopped()) next(0); });
  addEventListener("pageshow", () => { passing = false; });
  addEventListener("beforeunload", (event) => { if (!passing && !keep && changed(read()).length) event.preventDefault(); });
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (passing || !button || stopped() || !changed(read()).length) { passing = true; return; }
    event.preventDefault();
    await busy;
    const found = await once();
    if (found === "away") return line.scrollIntoView({ block: "center" }); // the page stays, and says so
    passing = true;
    button.click();
  });
  line.querySelector("[data-drop]").addEventListener("click", () => {
    forget(form.dataset.keep);
    keep = "";
    show("page");
  });

  // ---- what an earlier page of this step could not send: put back, and saved unless something else was saved meanwhile
  const kept = Object.keys(store || {}).filter((name) => keep && name.startsWith(keep + ":")).map((name) => [name, JSON.parse(store[name])]);
  for (const [name, left] of kept.sort((a, b) => b[1].at - a[1].at)) {
    const differ = Object.keys(left.fields).filter((n) => names.includes(n) && JSON.stringify(left.fields[n]) !== JSON.stringify(base[n]));
    if (!differ.length) store.removeItem(name);
    else if (!taken) {
      for (const n of differ) write(n, left.fields[n]);
      version.value = left.version;
      taken = name;
      show("device");
    }
  }
  next(taken ? 0 : EVERY);
})();
