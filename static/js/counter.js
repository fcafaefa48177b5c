// [data-counter="LIMIT"] around a text area: counts code points, as the server does, into [data-count] inside it.
const count = (field) => {
  const text = field.querySelector("textarea").value;
  const limit = Number(field.dataset.counter);
  const length = [...text].length;
  const shown = field.querySelector("[data-count]");
  shown.textContent = `${length.toLocaleString()} / ${limit.toLocaleString()}`;
  shown.toggleAttribute("data-over", length > limit);
};

document.addEventListener("input", (event) => {
  const field = event.target.closest("[data-counter]");
  if (field) count(field);
});

// htmx reports the first page like every fragment that comes later.
document.addEventListener("htmx:load", (event) => {
  const found = [...event.target.querySelectorAll("[data-counter]")];
  if (event.target.matches("[data-counter]")) found.push(event.target);
  found.forEach(count);
});
