// What is typed is kept: in this browser at once, on the server as soon as one pauses; nothing gets lost between.
import { csrfToken, renewToken, tell, tellSignedOut } from "../parts/requests";
import { forget, keep, kept as keptAt, placeOf } from "../parts/keeping";

const PAUSE = 450;
const AGAIN = 2000;

interface Kept {
  text: string;
  revision: string;
}

export interface Keeper {
  /** Something was typed. */
  changed(): void;
  /** Saves what is not saved yet; false if it could not be. */
  settled(): Promise<boolean>;
}

interface Wanted {
  draft: string;
  revision: HTMLInputElement;
  said: HTMLElement;
  text: () => string;
  replace: (text: string) => void;
  /** The server's answer to a text: what follows from it, as HTML. */
  answered: (text: string, html: string) => void;
}

export function keepText({ draft, revision, said, text, replace, answered }: Wanted): Keeper {
  const place = placeOf(`workshop:${draft}`);
  let saved = text();
  let waiting: number | undefined;
  let sending: Promise<boolean> | undefined;
  let unanswered: string | undefined;

  function say(words: string): void {
    said.removeAttribute("role");
    said.replaceChildren(words);
  }

  /** What somebody has to know at once, read aloud as well. */
  function warn(words: string): void {
    said.setAttribute("role", "alert");
    said.replaceChildren(words);
  }

  function post(body: string): Promise<Response> {
    return fetch(`/workshop/drafts/${draft}/text`, {
      method: "POST",
      body,
      headers: { "Content-Type": "text/plain", "X-CSRF-Token": csrfToken(), "X-Revision": revision.value, "HX-Request": "true" },
    });
  }

  async function send(): Promise<boolean> {
    // A text whose answer got lost is sent as it was: the server may have it already.
    const wanted = unanswered ?? text();
    say("Saving…");
    let answer: Response;
    try {
      answer = await post(wanted);
      if (answer.status === 403 && (await renewToken())) answer = await post(wanted);
    } catch {
      unanswered = wanted;
      warn("Not saved: the server does not answer. Your text is kept in this browser and sent again.");
      later(AGAIN);
      return false;
    }
    unanswered = undefined;
    return await taken(wanted, answer);
  }

  async function taken(wanted: string, answer: Response): Promise<boolean> {
    if (answer.ok) {
      revision.value = answer.headers.get("X-Revision") ?? revision.value;
      saved = wanted;
      keepHere();
      say(isSaved() ? "Saved" : "Saving…");
      // What was typed meanwhile is saved as soon as one pauses.
      if (!isSaved()) later(PAUSE);
      answered(wanted, await answer.text());
      return true;
    }
    if (answer.status === 409) {
      follow(wanted, answer.headers.get("Location") ?? "/workshop");
    } else if (answer.status === 401) {
      warn("Not saved: your text is kept in this browser.");
      tellSignedOut();
    } else if (answer.status >= 500) {
      warn("Not saved: the server is not well. Your text is kept in this browser and sent again.");
      later(AGAIN);
    } else {
      warn("Not saved. Your text is kept in this browser: load the page again.");
    }
    return false;
  }

  /** Goes on in the draft that this text has become, with what was typed since it was sent. */
  function follow(wanted: string, address: string): void {
    forget(place);
    const kept: Kept = { text: text(), revision: "1" };
    if (kept.text !== wanted) keep(placeOf(`workshop:${address.split("/").at(-1) ?? ""}`), kept);
    location.assign(address);
  }

  function keepHere(): void {
    const kept: Kept = { text: text(), revision: revision.value };
    if (kept.text === saved) forget(place);
    else keep(place, kept);
  }

  function later(pause: number): void {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void save(), pause);
  }

  const isSaved = (): boolean => text() === saved && unanswered === undefined;

  /** Saves the text as it stands, or waits for the save that is on its way. */
  async function save(): Promise<boolean> {
    clearTimeout(waiting);
    if (isSaved()) return true;
    sending ??= send().finally(() => (sending = undefined));
    return await sending;
  }

  async function settled(): Promise<boolean> {
    while (!isSaved()) {
      if (!(await save())) return false;
    }
    return true;
  }

  function changed(): void {
    keepHere();
    later(PAUSE);
  }

  const kept = keptAt(place) as Kept | undefined;
  if (kept) {
    if (kept.text !== saved) {
      // An older revision makes the server keep this text beside the one that came later.
      revision.value = kept.revision;
      replace(kept.text);
      tell("What you had typed here is back.");
    }
  }
  return { changed, settled };
}
