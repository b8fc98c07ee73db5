// The one dialog of a page: what it shows comes from the server.

export function openDialog(html: string, label: string): HTMLElement | null {
  const dialog = document.querySelector<HTMLDialogElement>("dialog[data-dialog]");
  const old = dialog?.querySelector<HTMLElement>("[data-dialog-body]");
  if (!dialog || !old) return null;
  // A fresh body takes the listeners of the last one away.
  const body = document.createElement("div");
  body.className = "dialog-body";
  body.dataset["dialogBody"] = "";
  body.innerHTML = html;
  old.replaceWith(body);
  dialog.setAttribute("aria-label", label);
  if (!dialog.open) dialog.showModal();
  body.addEventListener("click", (event) => {
    if (!(event.target as HTMLElement).closest("[data-dismiss]")) return;
    event.preventDefault();
    dialog.close();
  });
  body.querySelector<HTMLElement>("[aria-invalid], input:not([type=hidden]), textarea, select, .button.primary")?.focus();
  return body;
}
