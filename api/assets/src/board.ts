// The board: cards are moved by mouse, by keyboard and by menu, and other people's moves appear.
import { isSignedOut, part, post, tell, tellSignedOut, tellUndoable } from "./parts/requests";
import { focusFirst, openDialog } from "./parts/dialog";
import { applyEarlyChoices, followBoard, keepFilterInAddress } from "./parts/others";
import { openCardsOver } from "./parts/over";
import { place } from "./parts/tiles";

interface Way {
  transition: string;
  to: string;
  label: string;
  allowed: boolean;
  asks: string | null;
  reasons: { message: string }[];
}

interface Carried {
  card: HTMLElement;
  key: string;
  from: string;
  ways: Promise<Way[]>;
}

const MOST_REASONS = 3;

const announcer = document.querySelector<HTMLElement>("[data-announce]");

function announce(text: string): void {
  if (announcer) announcer.textContent = text;
}

function columns(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-column]")];
}

function columnNamed(phase: string): HTMLElement | undefined {
  return columns().find((column) => column.dataset["column"] === phase);
}

async function waysOf(key: string): Promise<Way[]> {
  const answer = await fetch(`/cards/${key}/ways`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`The ways of ${key} did not come: ${answer.status}`);
  return (await answer.json()) as Way[];
}

// --- which columns a carried card may be dropped into ---------------------------------------------

function verdict(ways: Way[], column: HTMLElement, from: string): { drop: boolean; text: string } {
  const phase = column.dataset["column"] ?? "";
  if (phase === from) return { drop: false, text: "" };
  const leading = ways.filter((way) => way.to === phase);
  if (!leading.length) return { drop: false, text: "No way leads here from where the card is." };
  const open = leading.find((way) => way.allowed) ?? leading.find((way) => way.asks);
  if (open) return { drop: true, text: open.asks ?? open.label };
  return { drop: false, text: inShort(leading[0]?.reasons.map((reason) => reason.message) ?? []) };
}

/** As much as can be read while a card is carried; the card itself says everything. */
function inShort(reasons: string[]): string {
  const rest = reasons.length - MOST_REASONS;
  return [...reasons.slice(0, MOST_REASONS), ...(rest > 0 ? [`And ${rest} more.`] : [])].join(" ");
}

function mark(ways: Way[], from: string): void {
  for (const column of columns()) {
    const { drop, text } = verdict(ways, column, from);
    column.classList.toggle("may-drop", drop);
    column.classList.toggle("no-drop", !drop);
    const note = column.querySelector<HTMLElement>("[data-note]");
    if (note) note.textContent = text;
  }
}

/** Until the answer comes: what the pipe's transitions alone say. */
function markRoughly(from: string): void {
  for (const column of columns()) {
    const leads = (column.dataset["ways"] ?? "").split(" ").includes(from);
    column.classList.toggle("may-drop", leads);
    column.classList.toggle("no-drop", !leads && column.dataset["column"] !== from);
  }
}

function unmark(): void {
  for (const column of columns()) {
    column.classList.remove("may-drop", "no-drop", "is-over");
    const note = column.querySelector<HTMLElement>("[data-note]");
    if (note) note.textContent = "";
  }
}

let carried: Carried | null = null;

function pickUp(card: HTMLElement): Carried {
  const key = card.dataset["card"] ?? "";
  const from = card.dataset["phase"] ?? "";
  const ways = waysOf(key);
  const now: Carried = { card, key, from, ways };
  carried = now;
  markRoughly(from);
  ways.then((known) => carried === now && mark(known, from), () => undefined);
  return now;
}

function letGo(): void {
  carried?.card.classList.remove("is-dragged", "is-lifted");
  carried = null;
  unmark();
}

// --- the move itself ------------------------------------------------------------------------------

async function move(key: string, to: string): Promise<void> {
  const card = document.getElementById(`card-${key}`);
  const name = columnNamed(to)?.dataset["name"] ?? to;
  card?.classList.add("is-busy");
  try {
    const body = new URLSearchParams({ "move-to": to, "command-key": crypto.randomUUID() });
    const answer = await post(`/cards/${key}/moves`, body);
    if (answer.ok) {
      arrived(key, await answer.text(), name);
      offerUndo(answer, key, name);
    } else if (answer.status === 422 || answer.status === 409) {
      announce(`${key} needs something before it can move to ${name}.`);
      askFor(key, await answer.text(), name);
    } else if (isSignedOut(answer)) {
      tellSignedOut();
    } else {
      tell(`${key} could not be moved just now. Nothing has changed; try again.`, "bad");
    }
  } catch {
    tell(`${key} was not moved: the server did not answer. Try again.`, "bad");
  } finally {
    document.getElementById(`card-${key}`)?.classList.remove("is-busy");
  }
}

function arrived(key: string, html: string, name: string): void {
  const tile = place(html);
  const stands = columnNamed(tile?.dataset["phase"] ?? "")?.dataset["name"];
  const asked = stands !== undefined && stands !== name;
  announce(asked ? `Approval was asked for ${key} to go to ${name}.` : `${key} is in ${name} now.`);
  tile?.querySelector<HTMLElement>("[data-lift]")?.focus({ preventScroll: false });
}

function offerUndo(answer: Response, key: string, name: string): void {
  const undo = answer.headers.get("Phaseline-Undo");
  if (undo) tellUndoable(`${key} is in ${name} now.`, undo);
}

/** The move needs fields or a comment, or cannot be: the form opens right here. */
function askFor(key: string, html: string, name: string): void {
  const dialog = openDialog(html, `Move ${key}`);
  if (dialog) focusFirst(dialog);
  dialog?.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-move-form]")) return;
    event.preventDefault();
    void send(form, key, name);
  });
}

async function send(form: HTMLFormElement, key: string, name: string): Promise<void> {
  const answer = await post(form.action, new FormData(form)).catch(() => null);
  if (answer && isSignedOut(answer)) return tellSignedOut();
  const html = (await answer?.text()) ?? "";
  if (answer?.ok) {
    document.querySelector<HTMLDialogElement>("dialog[data-dialog]")?.close();
    arrived(key, html, name);
    offerUndo(answer, key, name);
  } else if (answer?.status === 422 || answer?.status === 409) {
    askFor(key, html, name);
  } else {
    tell("The move was not made: the server did not answer. What you typed is still here.", "bad");
  }
}

// --- by mouse -------------------------------------------------------------------------------------

function cardAt(event: Event): HTMLElement | null {
  return (event.target as HTMLElement).closest<HTMLElement>("[data-card]");
}

function dragWithMouse(): void {
  let pressed = "";
  document.addEventListener("pointerdown", (event) => (pressed = cardAt(event)?.dataset["card"] ?? ""));
  document.addEventListener("dragstart", (event) => {
    const card = cardAt(event);
    if (!card || !event.dataTransfer) return;
    // Where the board was scrolled between the press and the first move, another card is under the press.
    if (pressed !== card.dataset["card"]) return event.preventDefault();
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset["card"] ?? "");
    pickUp(card);
    requestAnimationFrame(() => card.classList.add("is-dragged"));
  });
  document.addEventListener("dragover", (event) => {
    const column = (event.target as HTMLElement).closest<HTMLElement>("[data-column]");
    if (!carried || !column) return;
    for (const other of columns()) other.classList.toggle("is-over", other === column);
    if (column.dataset["column"] !== carried.from) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const column = (event.target as HTMLElement).closest<HTMLElement>("[data-column]");
    if (!carried || !column) return;
    event.preventDefault();
    const { key, from } = carried;
    const to = column.dataset["column"] ?? "";
    letGo();
    if (to && to !== from) void move(key, to);
  });
  document.addEventListener("dragend", letGo);
}

// --- by keyboard ----------------------------------------------------------------------------------

let over = 0;

async function say(column: HTMLElement): Promise<void> {
  if (!carried) return;
  const ways = await carried.ways;
  const { drop, text } = verdict(ways, column, carried.from);
  announce(`${column.dataset["name"]}. ${drop ? "May be dropped here." : "Cannot be dropped here."} ${text}`);
}

function pointAt(index: number): void {
  const all = columns();
  over = Math.max(0, Math.min(all.length - 1, index));
  const column = all[over];
  for (const other of all) other.classList.toggle("is-over", other === column);
  column?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (column) void say(column);
}

function lift(card: HTMLElement): void {
  const { key, from } = pickUp(card);
  card.classList.add("is-lifted");
  over = columns().findIndex((column) => column.dataset["column"] === from);
  announce(`Picked up ${key} ${card.dataset["title"] ?? ""}. Choose a column with the left and right arrow keys, Enter drops, Escape leaves.`);
}

/** The arrow keys go from card to card, and to the same height in the next column that has any. */
function goFrom(card: HTMLElement, arrow: string): void {
  const filled = columns().filter((column) => column.querySelector("[data-lift]"));
  const own = filled.findIndex((column) => column.contains(card));
  const cards = [...(filled[own]?.querySelectorAll<HTMLElement>("[data-lift]") ?? [])];
  const at = cards.findIndex((handle) => card.contains(handle));
  const step = arrow === "ArrowRight" || arrow === "ArrowDown" ? 1 : -1;
  if (arrow === "ArrowUp" || arrow === "ArrowDown") return cards[at + step]?.focus();
  const beside = [...(filled[own + step]?.querySelectorAll<HTMLElement>("[data-lift]") ?? [])];
  beside[Math.min(at, beside.length - 1)]?.focus();
}

function carryWithKeyboard(): void {
  document.addEventListener("keydown", (event) => {
    const handle = (event.target as HTMLElement).closest<HTMLElement>("[data-lift]");
    if (!handle) return;
    const chosen = event.key === "Enter" || event.key === " ";
    if (!carried?.card.classList.contains("is-lifted")) {
      const card = handle.closest<HTMLElement>("[data-card]");
      if (chosen && card) {
        event.preventDefault();
        lift(card);
      } else if (card && event.key.startsWith("Arrow")) {
        event.preventDefault();
        goFrom(card, event.key);
      }
      return;
    }
    if (event.key === "Escape" || event.key === "Tab") {
      announce(`${carried.key} stays where it is.`);
      letGo();
    } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      event.preventDefault();
      pointAt(over + (event.key === "ArrowRight" ? 1 : -1));
    } else if (chosen) {
      event.preventDefault();
      const { key, from } = carried;
      const to = columns()[over]?.dataset["column"] ?? "";
      letGo();
      if (to && to !== from) void move(key, to);
      else announce(`${key} stays where it is.`);
    }
  });
}

// --- by menu --------------------------------------------------------------------------------------

function openMenuOfMoves(): void {
  document.addEventListener("click", (event) => {
    const handle = (event.target as HTMLElement).closest<HTMLAnchorElement>("[data-lift]");
    if (!handle || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const key = handle.closest<HTMLElement>("[data-card]")?.dataset["card"] ?? "";
    void showMoves(key);
  });
}

async function showMoves(key: string): Promise<void> {
  const answer = await part(`/cards/${key}/moves`);
  if (isSignedOut(answer)) return tellSignedOut();
  if (!answer.ok) return void tell("The moves of this card did not come. Try again.", "bad");
  const dialog = openDialog(await answer.text(), `Move ${key}`);
  if (dialog) focusFirst(dialog);
  dialog?.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(event.target as HTMLFormElement, key, "the next column");
  });
  dialog?.addEventListener("click", (event) => {
    const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("[data-move]");
    if (!link) return;
    event.preventDefault();
    void chooseMove(key, link);
  });
}

async function chooseMove(key: string, link: HTMLAnchorElement): Promise<void> {
  const answer = await part(link.href);
  if (answer.ok) askFor(key, await answer.text(), link.textContent?.trim() ?? "");
}

dragWithMouse();
carryWithKeyboard();
openMenuOfMoves();
openCardsOver();
followBoard();
keepFilterInAddress();
applyEarlyChoices();
