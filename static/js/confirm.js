// button[data-confirm="QUESTION"]: asks in the page's dialog before its form is sent. Without a script it is sent at once,
// so what cannot be undone uses components/confirm.html instead.
function ask(button) {
  const dialog = document.querySelector("[data-confirm-dialog]");
  dialog.querySelector("[data-confirm-question]").textContent = button.dataset.confirm;
  dialog.returnValue = "no";
  const answered = () => {
    button.focus();
    if (dialog.returnValue !== "yes") return;
    button.dataset.confirmed = "yes";
    button.click();
    delete button.dataset.confirmed;
  };
  dialog.addEventListener("close", answered, { once: true });
  dialog.showModal();
}

// In the capture phase, before any other script sees the press.
const pressed = (event) => {
  const button = event.target.closest("button[data-confirm]");
  if (!button || button.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(button);
};

document.addEventListener("click", pressed, { capture: true });
