// What this browser keeps of what was typed: for as long as a session lasts without being used, and no longer.
const PREFIX = "phaseline:draft:";
const KEPT_DAYS = 14;

interface Stored {
  at: number;
  value: unknown;
}

/** Where something is kept: who comes to this browser after an expired session does not see what another typed. */
export function placeOf(name: string): string {
  return `${PREFIX}${document.body.dataset["viewer"] ?? ""}:${name}`;
}

export function keep(place: string, value: unknown): void {
  const stored: Stored = { at: Date.now(), value };
  localStorage.setItem(place, JSON.stringify(stored));
}

/** What is kept there; nothing if it is too old. */
export function kept(place: string): unknown {
  const stored = read(place);
  return stored && isYoung(stored) ? stored.value : undefined;
}

export function forget(place: string): void {
  localStorage.removeItem(place);
}

/** Forgets what anybody has typed here and not come back for. */
export function forgetOld(): void {
  const places = Object.keys(localStorage).filter((place) => place.startsWith(PREFIX));
  for (const place of places) if (!isYoung(read(place))) forget(place);
}

function read(place: string): Stored | null {
  return JSON.parse(localStorage.getItem(place) ?? "null") as Stored | null;
}

function isYoung(stored: Stored | null): boolean {
  return stored !== null && Date.now() - stored.at < KEPT_DAYS * 24 * 60 * 60 * 1000;
}
