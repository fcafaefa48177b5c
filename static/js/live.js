// The live region: any script says a line with a "flock:say" event; it is shown and read out, then goes.
const SHOWN_MS = 4000;
let timer;

document.addEventListener("flock:say", (event) => {
  const region = document.querySelector("[data-live]");
  region.textContent = event.detail;
  clearTimeout(timer);
  timer = setTimeout(() => (region.textContent = ""), SHOWN_MS);
});
