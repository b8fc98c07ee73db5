// What was typed into a form outlives an expired session, a restart of the server, a closed tab.
import { tell } from "./requests";

const PREFIX = "phaseline:draft:";
type Draft = Record<string, string>;

function typed(form: HTMLFormElement): Draft {
  const draft: Draft = {};
  for (const control of form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input[type=text], input[type=search], input[type=url], input[type=email], input:not([type]), textarea")) {
    if (control.name && control.value !== control.defaultValue) draft[control.name] = control.value;
  }
  return draft;
}

function restore(form: HTMLFormElement, draft: Draft): boolean {
  let restored = false;
  for (const [name, value] of Object.entries(draft)) {
    const control = form.elements.namedItem(name);
    if (!(control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement)) continue;
    if (control.value !== "" || value === "") continue;
    control.value = value;
    restored = true;
  }
  return restored;
}

function forgetWhatArrived(): void {
  for (const done of document.querySelectorAll<HTMLElement>("[data-done]")) {
    localStorage.removeItem(PREFIX + (done.dataset["done"] ?? ""));
  }
}

export function keepDrafts(root: ParentNode): void {
  forgetWhatArrived();
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-draft]")) {
    if (form.dataset["kept"]) continue;
    form.dataset["kept"] = "yes";
    const name = PREFIX + (form.dataset["draft"] ?? "");
    const stored = localStorage.getItem(name);
    if (stored && restore(form, JSON.parse(stored) as Draft)) tell("What you had typed here is back.");
    form.addEventListener("input", () => {
      const draft = typed(form);
      if (Object.keys(draft).length) localStorage.setItem(name, JSON.stringify(draft));
      else localStorage.removeItem(name);
    });
  }
}

/** Forgets a draft whose text has arrived. */
export function forget(form: HTMLFormElement): void {
  localStorage.removeItem(PREFIX + (form.dataset["draft"] ?? ""));
}
