// [data-key="a"]: that letter presses it, or puts the cursor into it, while nobody is typing.
// Escape leaves the field that one types in, so that the letters press again.
// [data-keys-switch] is a checkbox that turns all of it off for this browser (WCAG 2.1.4).
const OFF = "flock:keys-off";
const TYPED_IN = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const typing = (element) => element.closest(`${TYPED_IN}, dialog[open]`);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || localStorage.getItem(OFF)) return;
  if (event.key === "Escape" && event.target.matches(TYPED_IN) && document.querySelector("[data-key]")) return event.target.blur();
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!target || target.disabled) return;
  event.preventDefault();
  if (target.matches("input, textarea, select")) target.focus();
  else target.click();
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-keys-switch]")) return;
  if (event.target.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "yes");
});

document.addEventListener("htmx:load", (event) => {
  for (const box of event.target.querySelectorAll("[data-keys-switch]")) box.checked = !localStorage.getItem(OFF);
});
