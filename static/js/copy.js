// [data-copy="SELECTOR"] copies that element's text. Hidden without a script or a clipboard.
const show = (root) => {
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
};

document.addEventListener("htmx:load", (event) => show(event.target));

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
  document.dispatchEvent(new CustomEvent("flock:say", { detail: button.dataset.copied ?? "Copied" }));
});
