// The panels beside the text: as tabs, beside a line that can be moved, and kept up to date.
import { Idiomorph } from "idiomorph";

const NARROW = window.matchMedia("(max-width: 60rem)");
// What the page itself has set on what the server sent.
const OURS = new Set(["open", "hidden", "role", "aria-labelledby", "data-stale"]);

export interface Tabs {
  open(id: string): void;
  opened(): string;
  /** Puts the roles of tabs on panels that the server has sent anew. */
  arrange(): void;
}

export function makeTabs(root: HTMLElement): Tabs {
  const list = root.querySelector<HTMLElement>("[data-tabs]");
  const tabs = [...root.querySelectorAll<HTMLButtonElement>("[role=tab]")];
  const idOf = (tab: HTMLElement): string => tab.getAttribute("aria-controls") ?? "";
  let chosen = location.hash.slice(1);
  if (!tabs.some((tab) => idOf(tab) === chosen)) chosen = "findings";

  function arrange(): void {
    if (chosen === "text" && !NARROW.matches) chosen = "findings";
    for (const tab of tabs) {
      const isChosen = idOf(tab) === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      const panel = document.getElementById(idOf(tab));
      if (!panel) continue;
      const isText = panel.id === "text";
      panel.hidden = !isChosen && (!isText || NARROW.matches);
      if (isText) continue;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
    }
  }

  function open(id: string): void {
    chosen = id;
    arrange();
  }

  for (const tab of tabs) tab.addEventListener("click", () => open(idOf(tab)));
  list?.addEventListener("keydown", (event) => {
    const shown = tabs.filter((tab) => tab.offsetParent !== null);
    const at = shown.findIndex((tab) => idOf(tab) === chosen);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    const next = to === undefined ? undefined : shown[(to + shown.length) % shown.length];
    if (!next) return;
    event.preventDefault();
    open(idOf(next));
    next.focus();
  });
  NARROW.addEventListener("change", arrange);
  if (list) list.hidden = false;
  if (NARROW.matches && !location.hash) chosen = "text";
  arrange();
  return { open, opened: () => chosen, arrange };
}

/** Brings the panels up to date; one that cannot follow the text keeps what it showed last. */
export function updatePanels(panels: HTMLElement, html: string): void {
  const fresh = new DOMParser().parseFromString(`<div>${html}</div>`, "text/html");
  for (const section of fresh.querySelectorAll<HTMLElement>(".workshop-panel")) {
    const shown = panels.querySelector<HTMLElement>(`#${section.id}`);
    if (!shown) continue;
    const isBehind = "unreadable" in section.dataset && !("unreadable" in shown.dataset);
    if (isBehind) {
      shown.dataset["stale"] = "";
      continue;
    }
    delete shown.dataset["stale"];
    if (section.id === "forms" && shown.querySelector("[data-preview]")) continue;
    Idiomorph.morph(shown, section.outerHTML, {
      morphStyle: "outerHTML",
      callbacks: { beforeAttributeUpdated: (name: string) => !OURS.has(name) },
    });
  }
}

/** The line between text and panels: moved by pointer and by arrow keys, remembered in this browser. */
export function makeSplitter(root: HTMLElement): void {
  const splitter = root.querySelector<HTMLElement>("[data-splitter]");
  if (!splitter) return;
  const place = "phaseline:workshop:split";
  const [least, most] = [25, 75];

  function move(share: number): void {
    const kept = Math.round(Math.min(most, Math.max(least, share)));
    root.style.setProperty("--split", `${kept}%`);
    splitter?.setAttribute("aria-valuenow", String(kept));
    localStorage.setItem(place, String(kept));
  }

  for (const [name, value] of Object.entries({ role: "separator", tabindex: "0", "aria-orientation": "vertical", "aria-label": "Width of the text", "aria-valuemin": String(least), "aria-valuemax": String(most) })) {
    splitter.setAttribute(name, value);
  }
  splitter.hidden = false;
  move(Number(localStorage.getItem(place)) || 50);
  splitter.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    move(Number(splitter.getAttribute("aria-valuenow")) + step);
  });
  splitter.addEventListener("pointerdown", (event) => {
    splitter.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  splitter.addEventListener("pointermove", (event) => {
    if (!splitter.hasPointerCapture(event.pointerId)) return;
    const { left, width } = root.getBoundingClientRect();
    move(((event.clientX - left) / width) * 100);
  });
}
