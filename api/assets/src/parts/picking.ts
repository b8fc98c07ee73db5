// Choosing one of many by name (`data-picks`): the browser offers what is in the field's list. Cards are
// looked up as somebody types (`data-choices`); what is chosen becomes a box to tick, so that more can be.
import { part } from "./requests";

interface Card {
  key: string;
  title: string;
}

const PAUSE = 150;
const waiting = new WeakMap<HTMLInputElement, number>();

export function pickerFor(form: ParentNode, name: string): HTMLInputElement | null {
  return form.querySelector<HTMLInputElement>(`[data-picks][name="${CSS.escape(name)}"]`);
}

function listed(field: HTMLInputElement): HTMLOptionElement[] {
  return [...(field.list?.querySelectorAll("option") ?? [])];
}

/** Puts a ticked box for it above the field. */
export function addPick(field: HTMLInputElement, value: string, text = value): void {
  const box = Object.assign(document.createElement("input"), { type: "checkbox", name: field.name, value, checked: true });
  const label = document.createElement("label");
  label.className = "choice";
  label.append(box, " ", Object.assign(document.createElement("span"), { textContent: text }));
  field.before(label);
}

/** Whether what is chosen is sent at once, and comes back with the answer. */
function isSentAtOnce(field: HTMLInputElement): boolean {
  return field.form?.matches("[data-card-form], [data-submits]") ?? false;
}

async function offer(field: HTMLInputElement): Promise<void> {
  const asked = field.value;
  const answer = await part(`${field.dataset["choices"]}?q=${encodeURIComponent(asked)}`).catch(() => null);
  if (!answer?.ok || field.value !== asked || !field.list) return;
  const found = (await answer.json()) as Card[];
  field.list.replaceChildren(...found.map(({ key, title }) => Object.assign(document.createElement("option"), { value: key, label: `${key} ${title}` })));
}

function offerSoon(event: Event): void {
  const field = event.target as HTMLInputElement;
  if (!(field instanceof HTMLInputElement) || !field.dataset["choices"]) return;
  clearTimeout(waiting.get(field));
  waiting.set(field, window.setTimeout(() => void offer(field), PAUSE));
}

export function offerChoices(): void {
  document.addEventListener("focusin", offerSoon);
  document.addEventListener("input", offerSoon);
  document.addEventListener("change", (event) => {
    const field = event.target as HTMLInputElement;
    if (!(field instanceof HTMLInputElement) || field.dataset["picks"] === undefined || isSentAtOnce(field)) return;
    const chosen = listed(field).find((option) => option.value === field.value);
    if (!chosen) return;
    addPick(field, chosen.value, chosen.label || chosen.value);
    field.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
