// What every page loads. Each page works without it; here is what makes it quicker and kinder.
import htmx from "./parts/htmx";
import { csrfToken } from "./parts/requests";
import { bringBackDrafts, keepDrafts } from "./parts/drafts";
import { growTables } from "./parts/rows";
import { offerChoices } from "./parts/picking";
import { completeMentions } from "./parts/mentions";
import { takeDroppedFiles } from "./parts/dropping";
import { controlsIn, isUnsaved } from "./parts/typed";
import { followCard, workOnCards } from "./parts/card";

document.addEventListener("htmx:configRequest", (event) => {
  (event as CustomEvent).detail.headers["X-CSRF-Token"] = csrfToken();
});

document.addEventListener("htmx:afterSettle", (event) => {
  const settled = (event as CustomEvent).detail.elt as HTMLElement;
  bringBackDrafts(settled);
  settled.querySelector<HTMLElement>("[data-focus]")?.focus();
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]")) {
    if (!menu.contains(event.target as Node)) menu.open = false;
  }
});

document.addEventListener("click", (event) => {
  const more = (event.target as Element).closest<HTMLElement>("[data-more-filters]");
  more?.setAttribute("aria-expanded", String(more.ariaExpanded !== "true"));
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
  const byTls = location.protocol === "https:";
  // As the server names its own: no other host of the domain can set it.
  const told = `${byTls ? "__Host-" : ""}zone=${zone}`;
  if (!zone || document.cookie.includes(told)) return;
  document.cookie = `${told}; path=/; max-age=31536000; samesite=lax${byTls ? "; secure" : ""}`;
  // The very first page was written in another zone; what somebody has begun to fill in stays.
  if (controlsIn(document).some(isUnsaved)) return;
  if (document.cookie.includes(told) && document.querySelector("time, [data-pipe]")) location.reload();
}

// What only scripts can do is shown, what they do by themselves is not.
document.documentElement.classList.add("has-scripts");
bringBackDrafts(document);
keepDrafts();
growTables();
completeMentions();
offerChoices();
workOnCards();
takeDroppedFiles();
followCard();
tellTimeZone();
document.querySelector<HTMLElement>("[data-focus]")?.focus();
void htmx;
