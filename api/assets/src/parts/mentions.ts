// Completes the name of a person after “@” in a text that says where to ask (`data-mentions`).
// Without scripts one types the user name; here it is looked up, by mouse or by keyboard.
import { part } from "./requests";

interface Person {
  id: string;
  name: string;
}

/** What was typed after an “@” that begins a mention, and where that “@” stands. */
interface Typed {
  at: number;
  text: string;
}

interface Offer {
  field: HTMLTextAreaElement;
  typed: Typed;
  list: HTMLElement;
  said: HTMLElement;
  chosen: number;
}

const MENTION = /(?<![\p{L}\p{N}_@/.])@([\p{L}\p{N}._-]{0,40})$/u;
const LIST = "mention-list";

let offer: Offer | null = null;
let asked = 0;

function typedBefore(field: HTMLTextAreaElement): Typed | null {
  if (field.selectionStart !== field.selectionEnd) return null;
  const found = MENTION.exec(field.value.slice(0, field.selectionStart));
  return found ? { at: found.index, text: found[1] ?? "" } : null;
}

function close(): void {
  asked += 1;
  if (!offer) return;
  offer.field.removeAttribute("aria-activedescendant");
  offer.field.removeAttribute("aria-controls");
  offer.list.remove();
  offer.said.remove();
  offer = null;
}

function element(tag: string, attributes: Record<string, string>, text = ""): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

function drawn(person: Person, number: number): HTMLElement {
  const option = element("li", { id: `${LIST}-${number}`, role: "option", "aria-selected": "false", "data-id": person.id });
  option.append(element("span", {}, person.name), element("span", { class: "muted small" }, `@${person.id}`));
  return option;
}

function choose(number: number): void {
  if (!offer) return;
  const options = [...offer.list.children];
  offer.chosen = (number + options.length) % options.length;
  for (const [each, option] of options.entries()) option.setAttribute("aria-selected", String(each === offer.chosen));
  offer.field.setAttribute("aria-activedescendant", `${LIST}-${offer.chosen}`);
}

function show(field: HTMLTextAreaElement, typed: Typed, people: Person[]): void {
  close();
  if (!people.length || field !== document.activeElement) return;
  const list = element("ul", { id: LIST, class: "mentions plain", role: "listbox", "aria-label": "People to mention" });
  list.append(...people.map(drawn));
  const said = element("span", { class: "visually-hidden", role: "status" });
  field.after(list, said);
  field.setAttribute("aria-controls", LIST);
  offer = { field, typed, list, said, chosen: 0 };
  choose(0);
  said.textContent = `${people.length === 1 ? "One person" : `${people.length} people`}: arrow keys choose, Enter takes.`;
}

/** Writes the one that is chosen into the text, where the typing goes on. */
function take(number: number): void {
  const id = offer?.list.children[number]?.getAttribute("data-id");
  if (!offer || !id) return;
  const { field, typed } = offer;
  field.setRangeText(`@${id} `, typed.at, field.selectionStart, "end");
  close();
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

async function ask(field: HTMLTextAreaElement): Promise<void> {
  const typed = typedBefore(field);
  if (!typed) return close();
  asked += 1;
  const question = asked;
  const answer = await part(`${field.dataset["mentions"]}?q=${encodeURIComponent(typed.text)}`).catch(() => null);
  if (question !== asked) return;
  if (!answer?.ok) return close();
  const people = (await answer.json()) as Person[];
  if (question === asked) show(field, typed, people);
}

function onKey(event: KeyboardEvent): void {
  if (!offer || event.target !== offer.field || event.isComposing) return;
  const { chosen } = offer;
  const does: Record<string, () => void> = {
    ArrowDown: () => choose(chosen + 1),
    ArrowUp: () => choose(chosen - 1),
    Enter: () => take(chosen),
    Tab: () => take(chosen),
    Escape: close,
  };
  const deed = does[event.key];
  if (!deed || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  // Nothing else that these keys do happens: no new line, no closed dialog.
  event.preventDefault();
  event.stopPropagation();
  deed();
}

export function completeMentions(): void {
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field instanceof HTMLTextAreaElement && field.dataset["mentions"]) void ask(field);
  });
  document.addEventListener("keydown", onKey, { capture: true });
  document.addEventListener("pointerdown", (event) => {
    const option = (event.target as HTMLElement).closest(`#${LIST} > li`);
    if (!option || !offer) return;
    event.preventDefault();
    take([...offer.list.children].indexOf(option));
  });
  document.addEventListener("focusout", (event) => {
    if (event.target === offer?.field) close();
  });
}
