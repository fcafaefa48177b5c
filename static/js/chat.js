// [data-chat] stays at its newest message; in [data-chat-input] Enter sends and Shift+Enter starts a line.
document.addEventListener("htmx:load", (event) => {
  const chat = event.target.closest("[data-chat]") ?? event.target.querySelector("[data-chat]");
  chat?.lastElementChild?.scrollIntoView({ block: "nearest" });
});

document.addEventListener("keydown", (event) => {
  if (!event.target.matches("[data-chat-input]") || event.key !== "Enter") return;
  if (event.shiftKey || event.isComposing) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
