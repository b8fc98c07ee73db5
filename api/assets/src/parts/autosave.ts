// The card's form is saved as one goes: each entry by itself, so that nobody writes over what others changed.
import { forget, keepDrafts } from "./drafts";
import htmx from "./htmx";
import { tell } from "./requests";

function bodyOf(form: HTMLFormElement, entry: HTMLElement): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const [name, value] of new FormData(form)) {
    const field = name.split(".")[0] ?? name;
    if (field !== entry.dataset["entry"]) continue;
    (values[name] ??= []).push(String(value));
  }
  return values;
}

async function save(form: HTMLFormElement, values: Record<string, string[]>): Promise<void> {
  const said = form.querySelector<HTMLElement>("[data-saved]");
  if (said) said.textContent = "Saving…";
  try {
    // The form is not the source: its other entries are not to be sent.
    await htmx.ajax("post", form.action, { source: document.body, swap: "none", values });
  } catch {
    if (said) said.textContent = "";
  }
}

// One after the other, so that the page never shows an older state last.
let saved: Promise<void> = Promise.resolve();

export function saveAsOneGoes(): void {
  document.addEventListener("change", (event) => {
    const target = event.target as HTMLElement;
    const entry = target.closest<HTMLElement>("[data-entry]");
    const form = target.closest<HTMLFormElement>("form[data-card-form]");
    if (!form || !entry) return;
    const values = bodyOf(form, entry);
    saved = saved.then(() => save(form, values));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { successful, pathInfo, xhr } = (event as CustomEvent).detail as { successful: boolean; pathInfo: { requestPath: string }; xhr: XMLHttpRequest };
    const form = document.querySelector<HTMLFormElement>("form[data-card-form]");
    const said = form?.querySelector<HTMLElement>("[data-saved]");
    if (!form || !said || !form.action.endsWith(pathInfo.requestPath)) return;
    said.textContent = successful ? "Saved" : "";
    if (successful) {
      forget(form);
      keepDrafts(document);
    } else if (xhr.status === 401) {
      tell("You have been signed out. What you typed is kept: sign in again and it will be here.", "bad");
    } else if (xhr.status !== 422 && xhr.status !== 409) {
      tell("Not saved: the server did not answer. What you typed is kept here; change it again to retry.", "bad");
    }
  });
}
