// Cards as they stand on the board: put where they belong, and counted.

interface Counted {
  text: string;
  words: string;
  oldest: string;
  tone: string;
}

export function shownBoard(): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-board]");
}

function tellEmpty(column: Element | null): void {
  const note = column?.querySelector<HTMLElement>("[data-empty]");
  if (note && column) note.hidden = column.querySelector("[data-card]") !== null;
}

/** Puts a card, as the server drew it, into its column; gives the new element. */
export function place(html: string): HTMLElement | null {
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  const tile = holder.content.querySelector<HTMLElement>("[data-card]");
  if (!tile) return null;
  const old = document.getElementById(tile.id);
  const target = document.querySelector(`[data-column="${tile.dataset["phase"]}"] [data-cards]`);
  if (old && Number(old.dataset["version"]) > Number(tile.dataset["version"])) return old;
  const held = old?.contains(document.activeElement) ?? false;
  const from = old?.closest("[data-column]") ?? null;
  if (old && from === target?.closest("[data-column]")) old.replaceWith(tile);
  else {
    old?.remove();
    target?.prepend(tile);
    tile.classList.add("is-new");
  }
  tellEmpty(from);
  tellEmpty(tile.closest("[data-column]"));
  if (held) tile.querySelector<HTMLElement>("[data-lift]")?.focus({ preventScroll: true });
  recount();
  return tile;
}

/** Takes a card off the board that no longer belongs there. */
export function remove(key: string): void {
  const old = document.getElementById(`card-${key}`);
  const from = old?.closest("[data-column]") ?? null;
  const next = old?.nextElementSibling ?? old?.previousElementSibling;
  const held = old?.contains(document.activeElement) ?? false;
  old?.remove();
  if (held) (next?.querySelector<HTMLElement>("[data-lift]") ?? shownBoard())?.focus({ preventScroll: true });
  tellEmpty(from);
  recount();
}

let waiting: ReturnType<typeof setTimeout> | undefined;

function recount(): void {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const board = shownBoard();
    const answer = await fetch(`/pipes/${board?.dataset["pipe"]}/counts?${board?.dataset["query"] ?? ""}`);
    if (!answer.ok) return;
    for (const [phase, counted] of Object.entries((await answer.json()) as Record<string, Counted>)) write(phase, counted);
  }, 250);
}

function write(phase: string, counted: Counted): void {
  const column = document.querySelector(`[data-column="${phase}"]`);
  const count = column?.querySelector<HTMLElement>("[data-count]");
  const oldest = column?.querySelector<HTMLElement>("[data-oldest]");
  if (!column || !count || !oldest) return;
  count.textContent = counted.text;
  count.title = counted.words;
  count.className = `count ${counted.tone}`;
  oldest.textContent = counted.oldest;
  column.classList.toggle("is-over-limit", counted.tone === "bad");
}
