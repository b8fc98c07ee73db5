// What every page loads. Each page works without it; here is what makes it quicker and kinder.
import htmx from "./parts/htmx";
import { csrfToken } from "./parts/requests";
import { keepDrafts } from "./parts/drafts";
import { growTables } from "./parts/rows";
import { saveAsOneGoes } from "./parts/autosave";
import { followCard } from "./parts/card";

function hideWhatNeedsNoScript(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-nojs]")) element.hidden = true;
}

function prepare(root: ParentNode): void {
  hideWhatNeedsNoScript(root);
  growTables(root);
  keepDrafts(root);
}

document.addEventListener("htmx:configRequest", (event) => {
  (event as CustomEvent).detail.headers["X-CSRF-Token"] = csrfToken();
});

// A part that somebody is typing in is not replaced under their fingers.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const target = (event as CustomEvent).detail.target as HTMLElement;
  const active = document.activeElement;
  const typing = active instanceof HTMLInputElement || active instanceof HTMLTextAreaElement || active instanceof HTMLSelectElement;
  if (typing && target.contains(active)) event.preventDefault();
});

document.addEventListener("htmx:afterSettle", (event) => prepare((event as CustomEvent).detail.elt as HTMLElement));
document.addEventListener("htmx:oobAfterSwap", (event) => prepare((event as CustomEvent).detail.target as HTMLElement));

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]")) {
    if (!menu.contains(event.target as Node)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});

// The server writes times in the zone of whoever reads.
function tellTimeZone(): void {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;
}

prepare(document);
tellTimeZone();
saveAsOneGoes();
followCard();
document.querySelector<HTMLElement>("[data-focus]")?.focus();
void htmx;
