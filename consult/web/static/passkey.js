// Passkeys: the one thing on these pages that a browser can do by script only. Every page has another way beside it.
// button[data-passkey=create|get] of a form, with the options in data-options: the answer goes into its field data-into.
(() => {
  "use strict";
  document.querySelector(".errors")?.focus();
  document.querySelector("form[action$='/sign-out']")?.addEventListener("submit", () => localStorage.clear());
  if (!window.PublicKeyCredential) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const create = async (options) => {
    const user = { ...options.user, id: bytes(options.user.id) };
    const publicKey = { ...options, user, challenge: bytes(options.challenge), excludeCredentials: known(options.excludeCredentials) };
    const made = await navigator.credentials.create({ publicKey });
    return sent(made, { attestationObject: text(made.response.attestationObject) });
  };
  const get = async (options) => {
    const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) };
    const shown = await navigator.credentials.get({ publicKey });
    const { authenticatorData, signature } = shown.response;
    return sent(shown, { authenticatorData: text(authenticatorData), signature: text(signature) });
  };
  const sent = (credential, response) => ({
    id: credential.id, rawId: text(credential.rawId), type: credential.type,
    response: { clientDataJSON: text(credential.response.clientDataJSON), ...response },
  });

  for (const button of document.querySelectorAll("button[data-passkey]")) {
    const form = button.form, failed = document.getElementById(button.dataset.failed);
    button.hidden = false;
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      failed.hidden = true;
      button.disabled = true;
      try {
        const act = button.dataset.passkey === "create" ? create : get;
        form.elements[button.dataset.into].value = JSON.stringify(await act(JSON.parse(button.dataset.options)));
        form.action = button.formAction;
        form.submit();
      } catch {
        failed.hidden = false;
        button.disabled = false;
      }
    });
  }
})();
