// Requests to our own server, and the words for what went wrong.

export function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

const MARKS = { "HX-Request": "true" };

async function send(path: string, body: URLSearchParams | FormData, target: string): Promise<Response> {
  return fetch(path, {
    method: "POST",
    body,
    headers: { ...MARKS, "X-CSRF-Token": csrfToken(), "HX-Target": target },
    redirect: "manual",
  });
}

/** After signing in again in another window this page still has the token of the last session. */
export async function renewToken(): Promise<boolean> {
  const page = await fetch(location.href);
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  const meta = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  if (!fresh?.content || !meta || fresh.content === meta.content) return false;
  meta.content = fresh.content;
  return true;
}

function bringsFiles(form: FormData): boolean {
  return [...form.values()].some((value) => value instanceof File && value.name !== "");
}

function texts(form: FormData): URLSearchParams {
  const typed = [...form].filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return new URLSearchParams(typed);
}

/** Posts a form as a browser would, marked as coming from a script; keeps to our own server. */
export async function post(path: string, given: URLSearchParams | FormData, target = ""): Promise<Response> {
  const body = given instanceof FormData && !bringsFiles(given) ? texts(given) : given;
  const answer = await send(path, body, target);
  return answer.status === 403 && (await renewToken()) ? send(path, body, target) : answer;
}

/** Asks for a part of a page. */
export function part(path: string): Promise<Response> {
  return fetch(path, { headers: MARKS, redirect: "manual" });
}

/** Whether an answer says that nobody is signed in any more. */
export function isSignedOut(answer: Response): boolean {
  return answer.status === 401 || answer.type === "opaqueredirect";
}

/** A passing message; others than `good` ones stay until they are clicked away. */
export function tell(text: string, kind: "good" | "bad" | "lasting" = "good"): HTMLElement {
  const toast = document.createElement("div");
  toast.className = kind === "bad" ? "toast bad" : "toast";
  toast.textContent = text;
  toast.addEventListener("click", (event) => {
    if (!(event.target as Element).closest("a, button")) toast.remove();
  });
  document.querySelector("#toasts")?.append(toast);
  if (kind === "good") setTimeout(() => toast.remove(), 6000);
  return toast;
}

/** A passing message with the form that takes back what was done, if it can be; it stays for that. */
export function tellUndoable(text: string, undo: string | null): void {
  for (const earlier of document.querySelectorAll(".toast:has([data-undo])")) earlier.remove();
  if (!undo) return void tell(text);
  const [action, fields] = JSON.parse(decodeURIComponent(undo)) as [string, [string, string][]];
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  form.className = "undo";
  form.dataset["undo"] = "";
  for (const [name, value] of [["csrf_token", csrfToken()], ...fields] as [string, string][]) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    form.append(input);
  }
  const button = document.createElement("button");
  button.className = "button small";
  button.textContent = "Undo";
  form.append(button);
  tell(text, "lasting").append(form);
}

// What was not taken, as nobody was signed in: sent once more when its reader says so.
const refused = new Set<() => void>();

/** Says once that the session has ended, with the way back in; what was typed stays on this page.
 *
 * One signs in again in another tab, so that nothing that was chosen here is lost, and `again` sends it.
 */
export function tellSignedOut(again?: () => void): void {
  if (again) refused.add(again);
  if (document.querySelector("[data-signed-out]")) return;
  const toast = tell("You have been signed out. What you typed is kept. ", "bad");
  toast.dataset["signedOut"] = "";
  const link = document.createElement("a");
  link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.target = "_blank";
  link.textContent = "Sign in again (in another tab)";
  toast.append(link);
  if (!again) return;
  const button = document.createElement("button");
  button.className = "button small";
  button.textContent = "Then send it";
  button.addEventListener("click", () => {
    toast.remove();
    const waiting = [...refused];
    refused.clear();
    for (const send of waiting) send();
  });
  toast.append(" ", button);
}
