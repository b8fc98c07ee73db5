// What others do on a pipe appears in the view that is open, without losing one's place.
import htmx from "./htmx";
import { follow, type Change } from "./live";
import { part } from "./requests";
import { place, remove, shownBoard } from "./tiles";
import { controlsIn, isUnsaved } from "./typed";

async function refreshTile(change: Change): Promise<void> {
  const shown = document.getElementById(`card-${change.card}`);
  if (shown && Number(shown.dataset["version"]) >= change.version) return;
  const answer = await part(`/cards/${change.card}/tile?${shownBoard()?.dataset["query"] ?? ""}`);
  if (answer.status === 200) place(await answer.text());
  else if (answer.status === 204 || answer.status === 404) remove(change.card);
}

export function followBoard(): void {
  const board = shownBoard();
  if (board) follow(board.dataset["pipe"] ?? "", board.dataset["after"] ?? "", (change) => void refreshTile(change));
}

const QUIET = 1500;

/** A list, calendar or roadmap is drawn anew a little after others have changed something. */
export function followView(): void {
  const view = document.querySelector<HTMLElement>("#view[data-pipe]");
  let waiting: ReturnType<typeof setTimeout> | undefined;
  if (!view) return;
  follow(view.dataset["pipe"] ?? "", view.dataset["after"] ?? "", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const busy = document.getElementById("view")?.contains(document.activeElement) || document.querySelector("dialog[open]");
      if (!busy) void htmx.ajax("get", location.href, { target: "#view", select: "#view", swap: "outerHTML" });
    }, QUIET);
  });
}

/** The filter stands in the address, so that it can be kept, sent and gone back to. */
export function keepFilterInAddress(): void {
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = (event as CustomEvent).detail.elt as HTMLElement;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-filters]")) return;
    const given = [...new FormData(form)].filter(([, value]) => value !== "").map(([name, value]) => [name, String(value)]);
    const query = new URLSearchParams(given).toString();
    history.replaceState(null, "", query ? `${form.action}?${query}` : form.action);
  });
}

/** Applies what somebody chose before the scripts were there, or what the browser put back after a reload. */
export function applyEarlyChoices(): void {
  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector<HTMLFormElement>("form[data-filters]");
    if (form && controlsIn(form).some(isUnsaved)) htmx.trigger(form, "change", {});
  });
}
