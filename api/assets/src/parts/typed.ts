// What somebody has typed and the server does not know yet.

export type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export function isControl(node: unknown): node is Control {
  return node instanceof HTMLInputElement || node instanceof HTMLTextAreaElement || node instanceof HTMLSelectElement;
}

export function controlsIn(root: ParentNode): Control[] {
  return [...root.querySelectorAll<Control>("input, textarea, select")];
}

export function isTicked(control: Control): control is HTMLInputElement {
  return control instanceof HTMLInputElement && (control.type === "checkbox" || control.type === "radio");
}

export function isUnsaved(control: Control): boolean {
  if (control instanceof HTMLInputElement && control.type === "hidden") return false;
  if (isTicked(control)) return control.checked !== control.defaultChecked;
  if (control instanceof HTMLSelectElement) {
    const chosen = [...control.options].findIndex((option) => option.defaultSelected);
    return control.selectedIndex !== Math.max(0, chosen);
  }
  return control.value !== control.defaultValue;
}

/** The server knows what the control holds: from now on that is where typing begins. */
export function settle(control: Control): void {
  // A chosen file has arrived: it is not to be sent once more.
  if (control instanceof HTMLInputElement && control.type === "file") control.value = "";
  else if (isTicked(control)) control.defaultChecked = control.checked;
  else if (control instanceof HTMLSelectElement) {
    for (const option of control.options) option.defaultSelected = option.selected;
  } else control.defaultValue = control.value;
}

/** Whether somebody is in the middle of typing into this part of the page. */
export function isBeingTypedIn(part: Element): boolean {
  const active = document.activeElement;
  const inText = isControl(active) && !isTicked(active) && part.contains(active);
  return inText || controlsIn(part).some(isUnsaved);
}
