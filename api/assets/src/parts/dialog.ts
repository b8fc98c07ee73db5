// The one dialog of a page: what it shows comes from the server.

export function openDialog(html: string, label: string, size: "large" | "" = ""): HTMLElement | null {
  const dialog = document.querySelector<HTMLDialogElement>("dialog[data-dialog]");
  const old = dialog?.querySelector<HTMLElement>("[data-dialog-body]");
  if (!dialog || !old) return null;
  // A fresh body takes the listeners of the last one away.
  const body = document.createElement("div");
  body.className = "dialog-body";
  body.dataset["dialogBody"] = "";
  body.innerHTML = html;
  old.replaceWith(body);
  dialog.className = size;
  dialog.setAttribute("aria-label", label);
  if (!dialog.open) dialog.showModal();
  body.addEventListener("click", (event) => {
    if (!(event.target as HTMLElement).closest("[data-dismiss]")) return;
    event.preventDefault();
    dialog.close();
  });
  return body;
}

/** Puts the focus where somebody goes on: at what is wrong, else at the first thing to fill in. */
export function focusFirst(body: HTMLElement): void {
  body.querySelector<HTMLElement>("[aria-invalid], input:not([type=hidden]), textarea, select, .button.primary, a.button")?.focus();
}
