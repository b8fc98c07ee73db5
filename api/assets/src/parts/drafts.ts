// What was typed into a form outlives an expired session, a restart of the server, a closed tab.
import { forget as forgetAt, forgetOld, keep, kept, placeOf } from "./keeping";
import { addPick, pickerFor } from "./picking";
import { tell } from "./requests";
import { controlsIn, isTicked, isUnsaved, type Control } from "./typed";


/** What was typed into a control, and over which version of the card. */
interface Typed {
  text: string;
  seen?: string;
}

type Draft = Record<string, Typed>;

const restored = new WeakSet<HTMLFormElement>();

function place(form: HTMLFormElement): string {
  return placeOf(form.dataset["draft"] ?? "");
}

function isText(control: Control): boolean {
  return control instanceof HTMLTextAreaElement || (control instanceof HTMLInputElement && ["text", "search", "url", "email", "tel", "date", "time", "datetime-local", "number"].includes(control.type));
}

function isKept(control: Control): boolean {
  return isText(control) || isTicked(control) || (control instanceof HTMLSelectElement && !control.multiple);
}

/** What a draft calls a control: boxes of one name are told apart by what they stand for. */
function called(control: Control): string {
  return isTicked(control) ? `${control.name}=${control.value}` : control.name;
}

function heldBy(control: Control): string {
  return isTicked(control) ? String(control.checked) : control.value;
}

function hold(control: Control, text: string): void {
  if (isTicked(control)) control.checked = text === "true";
  else control.value = text;
}

function typed(form: HTMLFormElement): Draft {
  const draft: Draft = {};
  for (const control of controlsIn(form)) {
    if (!isKept(control) || !control.name || !isUnsaved(control)) continue;
    const seen = control.closest<HTMLElement>("[data-entry]")?.dataset["seen"];
    const text = heldBy(control);
    draft[called(control)] = seen === undefined ? { text } : { text, seen };
  }
  return draft;
}

/** Boxes for what was picked are only on the page on which it was. */
function bringBackPicks(form: HTMLFormElement, draft: Draft): void {
  const there = new Set(controlsIn(form).map(called));
  for (const [box, kept] of Object.entries(draft)) {
    const [name = "", value] = box.split("=", 2);
    const field = value && kept.text === "true" && !there.has(box) ? pickerFor(form, name) : null;
    if (field && value) addPick(field, value);
  }
}

function restore(form: HTMLFormElement, draft: Draft): boolean {
  const before = form.querySelectorAll("input").length;
  bringBackPicks(form, draft);
  let changed = form.querySelectorAll("input").length > before;
  for (const control of controlsIn(form)) {
    const kept = isKept(control) ? draft[called(control)] : undefined;
    if (!kept || heldBy(control) === kept.text) continue;
    const entry = control.closest<HTMLElement>("[data-entry]");
    // Elsewhere what stands in a field of text is newer than the draft.
    if (isText(control) && !entry && (control.value !== "" || !kept.text)) continue;
    hold(control, kept.text);
    // What others have written since then is told when it is saved.
    if (entry && kept.seen) entry.dataset["seen"] = kept.seen;
    changed = true;
  }
  return changed;
}

function forgetWhatArrived(): void {
  for (const done of document.querySelectorAll<HTMLElement>("[data-done]")) {
    forgetAt(placeOf(done.dataset["done"] ?? ""));
  }
  forgetOld();
}

/** Puts drafts back into the forms of a page that has just come. */
export function bringBackDrafts(root: ParentNode): void {
  forgetWhatArrived();
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-draft]")) {
    if (restored.has(form)) continue;
    restored.add(form);
    const draft = kept(place(form));
    if (draft && restore(form, draft as Draft)) tell("What you had typed here is back. It is not saved yet.");
  }
}

/** Keeps a draft of every form that has a name for it, with each key that is pressed. */
export function keepDrafts(): void {
  document.addEventListener("input", (event) => {
    const form = (event.target as HTMLElement).closest<HTMLFormElement>("form[data-draft]");
    if (form) remember(form);
  });
}

/** Writes down what is not saved, or forgets the draft of a form whose text has all arrived. */
export function remember(form: HTMLFormElement): void {
  const draft = typed(form);
  if (Object.keys(draft).length) keep(place(form), draft);
  else forgetAt(place(form));
}

/** Forgets a draft whose text has arrived. */
export function forget(form: HTMLFormElement): void {
  forgetAt(place(form));
}
