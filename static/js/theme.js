// Light or dark: the system's choice until a person presses [data-theme-toggle].
// The one script that runs before the page is drawn, so that nothing flashes.
{
  const root = document.documentElement;
  const saved = localStorage.getItem("flock:theme");
  if (saved) root.dataset.theme = saved;

  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) button.hidden = false;
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    root.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem("flock:theme", root.dataset.theme);
    document.dispatchEvent(new CustomEvent("flock:theme"));
  });
}
