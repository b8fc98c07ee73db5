// A card opens over the board: its address is in the bar, and going back closes it.
import { followCard } from "./card";
import { openDialog } from "./dialog";
import { bringBackDrafts } from "./drafts";
import { isSignedOut, part, tellSignedOut } from "./requests";

function dialog(): HTMLDialogElement | null {
  return document.querySelector<HTMLDialogElement>("dialog[data-dialog]");
}

async function open(link: HTMLAnchorElement): Promise<void> {
  const answer = await part(link.href);
  if (isSignedOut(answer)) return tellSignedOut();
  if (!answer.ok) return void (location.href = link.href);
  const body = openDialog(await answer.text(), link.textContent?.trim() ?? "", "large");
  if (!body) return;
  history.pushState({ over: true }, "", link.href);
  followCard();
  bringBackDrafts(body);
  body.querySelector<HTMLElement>("[data-card-title]")?.focus();
  const tile = link.closest<HTMLElement>("[data-card]")?.id;
  dialog()?.addEventListener("close", () => closed(link, tile), { once: true });
}

/** The board's address again, and the focus where it was. */
function closed(link: HTMLElement, tile: string | undefined): void {
  const body = dialog()?.querySelector("[data-dialog-body]");
  if (body) body.textContent = "";
  if ((history.state as { over?: boolean } | null)?.over) history.back();
  if (link.isConnected) link.focus();
  else if (tile) document.getElementById(tile)?.querySelector<HTMLElement>("[data-open-card]")?.focus();
}

export function openCardsOver(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("a[data-open-card]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    void open(link);
  });
  window.addEventListener("popstate", () => {
    const shown = dialog();
    if (shown?.open) shown.close();
  });
}

