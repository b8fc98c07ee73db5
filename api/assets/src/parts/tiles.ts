// Cards as they stand on the board: put where they belong, and counted.

function empties(column: Element | null): void {
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
  empties(from);
  empties(tile.closest("[data-column]"));
  if (held) tile.querySelector<HTMLElement>("[data-lift]")?.focus({ preventScroll: true });
  void recount();
  return tile;
}

/** Takes a card off the board that no longer belongs there. */
export function remove(key: string): void {
  const old = document.getElementById(`card-${key}`);
  const from = old?.closest("[data-column]") ?? null;
  old?.remove();
  empties(from);
  void recount();
}

let waiting: ReturnType<typeof setTimeout> | undefined;

function recount(): void {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const board = document.querySelector<HTMLElement>("[data-board]");
    const answer = await fetch(`/pipes/${board?.dataset["pipe"]}/counts?${board?.dataset["query"] ?? ""}`);
    if (!answer.ok) return;
    const counts = (await answer.json()) as Record<string, string>;
    for (const [phase, text] of Object.entries(counts)) {
      const count = document.querySelector(`[data-column="${phase}"] [data-count]`);
      if (count) count.textContent = text;
    }
  }, 250);
}
