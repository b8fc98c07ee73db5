// A card, on its page or over the board. Every answer is the whole card, laid over the one that is shown:
// focus, open parts and what is being typed stay as they are.
import { Idiomorph } from "idiomorph";
import { bringBackDrafts, forget, remember } from "./drafts";
import { follow } from "./live";
import { isSignedOut, part, post, tell, tellSignedOut, tellUndoable } from "./requests";
import { controlsIn, isBeingTypedIn, isControl, isUnsaved, settle, type Control } from "./typed";

const AGAIN_AFTER = [1000, 2000, 4000, 8000];

function shown(): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-card-root]");
}

// --- laying an answer over what is shown -----------------------------------------------------------

// What was sent, while its answer is laid over it: the answer is about what stands there.
let inAnswer: HTMLElement | null = null;

/** Keeps a part that somebody is typing in as it is, with the version that they saw. */
function mayChange(old: Node, fresh: Node): boolean {
  if (!(old instanceof HTMLElement) || !(fresh instanceof HTMLElement)) return true;
  if (old.matches("[data-entry]")) return inAnswer?.contains(old) ? !controlsIn(old).some(isUnsaved) : !isBeingTypedIn(old);
  if (old.matches("[data-saved]")) return false;
  return !(isControl(old) && isUnsaved(old));
}

/** A form that somebody is typing into stays. */
function mayGo(old: Node): boolean {
  return !(old instanceof HTMLElement && old.matches("form[data-draft]:not([data-card-form])") && isBeingTypedIn(old));
}

/** What was typed into entries that the card does not ask for any more, and was not saved. */
function homeless(old: HTMLElement, fresh: HTMLElement): string[] {
  const typed = controlsIn(old).filter((control) => control.closest("[data-entry]") && isUnsaved(control));
  const gone = typed.filter((control) => !fresh.querySelector(`#${CSS.escape(control.closest("[data-entry]")?.id ?? "")} [name]`));
  return gone.map((control) => control.value).filter(Boolean);
}

function lay(html: string): void {
  const old = shown();
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  const fresh = holder.content.querySelector<HTMLElement>("[data-card-root]");
  if (!old || !fresh) return;
  const held = old.contains(document.activeElement);
  const lost = homeless(old, fresh);
  Idiomorph.morph(old, fresh, {
    morphStyle: "outerHTML",
    ignoreActiveValue: true,
    callbacks: {
      beforeNodeMorphed: mayChange,
      beforeNodeRemoved: mayGo,
      beforeAttributeUpdated: (name: string, node: Element) => !(name === "open" && node instanceof HTMLDetailsElement),
    },
  });
  bringBackDrafts(document);
  if (lost.length) tell(`${fresh.dataset["cardRoot"]} has moved on. What you had typed and was not saved: “${lost.join("”, “")}”`, "bad");
  if (held && !shown()?.contains(document.activeElement)) shown()?.querySelector<HTMLElement>("[data-card-title]")?.focus();
}

// --- sending ---------------------------------------------------------------------------------------

interface Sent {
  part: HTMLElement;
  values: Map<Control, string>;
}

function sending(part: HTMLElement): Sent {
  return { part, values: new Map(controlsIn(part).map((control) => [control, control.value])) };
}

/** The server has answered to this: only what was typed since then is still unsaved. */
function answered({ part, values }: Sent): void {
  for (const control of controlsIn(part)) if (values.get(control) === control.value) settle(control);
}

/** What was picked stands beside the field now. */
function emptied(control: Control): void {
  control.value = "";
  settle(control);
}

function isCard(html: string): boolean {
  return html.includes("data-card-root");
}

async function arrived(answer: Response, sent: Sent): Promise<boolean> {
  const html = await answer.text();
  const form = sent.part.closest("form") ?? sent.part.querySelector("form");
  if (answer.ok) for (const [control, value] of sent.values) if (control.matches("[data-picks]") && control.value === value) emptied(control);
  if (answer.ok && form && !form.matches("[data-card-form], [data-submits]")) form.reset();
  answered(sent);
  if (!isCard(html)) {
    sent.part.outerHTML = html;
    return answer.ok;
  }
  inAnswer = sent.part;
  lay(html);
  inAnswer = null;
  if (answer.ok && form && !form.hasAttribute("data-card-form")) forget(form);
  const cardForm = shown()?.querySelector<HTMLFormElement>("form[data-card-form]");
  if (cardForm) remember(cardForm);
  if (!answer.ok) showRefusal();
  return answer.ok;
}

/** Goes to the field that the refusal is about, or else to what is said. */
function showRefusal(): void {
  const field = shown()?.querySelector<HTMLElement>("[data-focus]");
  if (field) return field.focus();
  shown()?.querySelector("#card-problem .notice, [aria-invalid]")?.scrollIntoView({ block: "nearest" });
}

async function submit(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
  // Enter changes a field and sends its form: the second time there is nothing new.
  if (form.hasAttribute("data-submits") && !controlsIn(form).some(isUnsaved)) return;
  const sent = sending(form);
  const body = new FormData(form, submitter);
  let answer: Response;
  try {
    answer = await post(form.action, body, "card");
  } catch {
    tell("The server did not answer. What you typed is still here: try again.", "bad");
    return;
  }
  if (isSignedOut(answer)) return tellSignedOut(() => form.requestSubmit(submitter));
  if (!answer.ok && ![409, 422].includes(answer.status)) {
    tell("That could not be done just now. What you typed is still here: try again.", "bad");
    return;
  }
  const said = answer.headers.get("Phaseline-Said");
  if ((await arrived(answer, sent)) && said) tellUndoable(decodeURIComponent(said), answer.headers.get("Phaseline-Undo"));
}

// --- saving as one goes: each entry by itself ------------------------------------------------------

function say(text: string, tone = ""): void {
  const said = shown()?.querySelector<HTMLElement>("[data-saved]");
  if (!said) return;
  said.textContent = text;
  said.className = `saved ${tone}`.trim();
}

function bodyOf(form: HTMLFormElement, entry: HTMLElement): FormData {
  const body = new FormData();
  body.set("seen-version", entry.dataset["seen"] ?? "");
  for (const [name, value] of new FormData(form)) {
    if (name.split(".")[0] === entry.dataset["entry"]) body.append(name, value);
  }
  return body;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

/** Sends until the server answers: a restart of it loses nothing. */
async function insist(path: string, body: FormData): Promise<Response> {
  for (let tries = 0; ; tries += 1) {
    try {
      const answer = await post(path, body, "card");
      if (answer.status < 500) return answer;
    } catch {
      // It does not answer at all; once more, a little later.
    }
    say("Not saved yet: the server does not answer. Trying again …", "bad");
    await pause(AGAIN_AFTER[Math.min(tries, AGAIN_AFTER.length - 1)] ?? 8000);
  }
}

async function save(form: HTMLFormElement, entry: HTMLElement): Promise<void> {
  const body = bodyOf(form, entry);
  const sent = sending(entry);
  say("Saving …");
  const answer = await insist(form.action, body);
  if (isSignedOut(answer)) {
    say("");
    return tellSignedOut(() => void (saved = saved.then(() => save(form, entry))));
  }
  if (await arrived(answer, sent)) say("Saved", "good");
  else say("Not saved", "bad");
}

// One after the other, so that the page never shows an older state last.
let saved: Promise<void> = Promise.resolve();

export function workOnCards(): void {
  document.addEventListener("change", (event) => {
    const target = event.target as HTMLElement;
    const form = target.closest<HTMLFormElement>("[data-card-root] form");
    const entry = target.closest<HTMLElement>("[data-entry]");
    if (form?.hasAttribute("data-card-form") && entry) saved = saved.then(() => save(form, entry));
    else if (form?.hasAttribute("data-submits")) form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.closest("[data-card-root]") && !(form.matches("[data-undo]") && shown())) return;
    event.preventDefault();
    saved = saved.then(() => submit(form, event.submitter));
  });
  document.addEventListener("click", (event) => {
    const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("[data-card-root] a[data-move]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void openMove(link);
  });
}

/** The form of a move opens right under its button. */
async function openMove(link: HTMLAnchorElement): Promise<void> {
  const place = link.closest<HTMLElement>(".move");
  const open = place?.querySelector("[data-move-form]");
  if (open) return open.remove();
  const answer = await part(link.href);
  if (isSignedOut(answer)) return tellSignedOut();
  if (!answer.ok || !place) return void (location.href = link.href);
  place.insertAdjacentHTML("beforeend", await answer.text());
  const form = place.querySelector<HTMLFormElement>("[data-move-form]");
  form?.addEventListener("click", (event) => {
    if (!(event.target as HTMLElement).closest("[data-dismiss]")) return;
    event.preventDefault();
    form.remove();
    link.focus();
  });
  bringBackDrafts(place);
  form?.querySelector<HTMLElement>("input:not([type=hidden]), textarea, select, .button.primary")?.focus();
}

// --- what others do --------------------------------------------------------------------------------

/** Shows the card anew; nothing that somebody is typing in is touched. */
async function refresh(version: number): Promise<void> {
  const card = shown();
  if (!card || Number(card.dataset["version"]) >= version) return;
  const answer = await part(`/cards/${card.dataset["cardRoot"]}`);
  if (answer.ok) lay(await answer.text());
}

let following = false;

export function followCard(): void {
  const card = shown();
  if (!card || following) return;
  following = true;
  follow(card.dataset["pipe"] ?? "", card.dataset["after"] ?? "", (change) => {
    const now = shown();
    if (now?.dataset["cardRoot"] === change.card) saved = saved.then(() => refresh(change.version));
  });
}
