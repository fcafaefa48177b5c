// form[data-autosave] keeps its draft at data-autosave-url: shortly after the last key, and on leaving the page.
// What the server has not confirmed stays in this browser too, under data-autosave-key, which must name the person.
const PAUSE_MS = 800;
const RETRY_MS = 5000;
const TEXTS = "textarea, select, input:not([type=hidden], [type=checkbox], [type=radio], [type=submit])";

function autosave(form) {
  const key = `flock:draft:${form.dataset.autosaveKey}`;
  const edit = form.elements.edit;
  const fields = [...form.elements].filter((field) => field.name && field.matches(TEXTS));
  const status = form.querySelector("[data-autosave-status]");
  const bringBack = form.querySelector("[data-autosave-restore]");
  let timer, saving, busy = false, dirty = false, stopped = false;

  // The words stand on the status element, so that they can be translated.
  const say = (what, at = Date.now()) => {
    const time = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    status.textContent = status.dataset[what].replace("{time}", time);
    status.dataset.tone = ["saved", "restored"].includes(what) ? "" : "bad";
  };
  const texts = () => Object.fromEntries(fields.map((field) => [field.name, field.value]));
  const keep = () => localStorage.setItem(key, JSON.stringify({ edit: edit.value, at: Date.now(), texts: texts() }));

  const answered = async (response) => {
    if (response.status === 409) {
      stopped = true;
      return say("conflict");
    }
    if (response.redirected || [401, 403].includes(response.status)) return say("signedOut");
    if (!response.ok) throw new Error(response.status);
    edit.value = (await response.json()).edit;
    if (dirty) keep();
    else localStorage.removeItem(key);
    say("saved");
  };
  const save = async ({ keepalive = false } = {}) => {
    clearTimeout(timer);
    if (stopped || !dirty || busy) return;
    [busy, dirty] = [true, false];
    try {
      saving = fetch(form.dataset.autosaveUrl, { method: "POST", body: new FormData(form), keepalive }).then(answered);
      await saving;
    } catch {
      dirty = true;
      say("failed");
    }
    busy = false;
    if (dirty) timer = setTimeout(save, RETRY_MS);
  };
  // What is on its way with the form is no copy of words that nobody else has.
  const markPosted = () => {
    const kept = JSON.parse(localStorage.getItem(key));
    if (JSON.stringify(kept?.texts) !== JSON.stringify(texts())) return;
    localStorage.setItem(key, JSON.stringify({ ...kept, posted: true }));
  };
  const changed = () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE_MS);
    keep();
  };
  const restore = (kept) => {
    for (const field of fields) field.value = kept.texts[field.name] ?? field.value;
    for (const field of fields) field.dispatchEvent(new Event("input", { bubbles: true }));
    say("restored", kept.at);
  };
  // A copy of the draft as it still is comes back by itself; of one that went on elsewhere, only when asked for.
  const offer = () => {
    const kept = JSON.parse(localStorage.getItem(key));
    if (!kept || JSON.stringify(kept.texts) === JSON.stringify(texts())) return localStorage.removeItem(key);
    if (kept.edit === edit.value) return restore(kept);
    bringBack.hidden = false;
    bringBack.addEventListener("click", () => restore(kept), { once: true });
  };

  form.addEventListener("input", changed);
  // A save that is under way would make the form's number of the last save an old one: let it end first.
  form.addEventListener("submit", (event) => {
    stopped = true;
    if (!busy) return markPosted();
    event.preventDefault();
    saving.catch(() => {}).finally(() => form.requestSubmit(event.submitter));
  });
  addEventListener("pageshow", (event) => { if (event.persisted) stopped = false; });
  addEventListener("pagehide", () => save({ keepalive: true }));
  offer();
}

const forms = [...document.querySelectorAll("form[data-autosave]")];

// The page after a draft was sent, or changed on the server, names it, and its copy goes; but where the draft is still
// there, another window's copy stays that was never posted.
for (const { dataset: { autosaveSent: sent } } of document.querySelectorAll("[data-autosave-sent]")) {
  const key = `flock:draft:${sent}`;
  const isThere = forms.some((form) => form.dataset.autosaveKey === sent);
  if (!isThere || JSON.parse(localStorage.getItem(key))?.posted) localStorage.removeItem(key);
}

forms.forEach(autosave);
