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

/** A passing message; `bad` ones stay until they are clicked away. */
export function tell(text: string, kind: "good" | "bad" = "good"): HTMLElement {
  const toast = document.createElement("div");
  toast.className = kind === "bad" ? "toast bad" : "toast";
  toast.textContent = text;
  toast.addEventListener("click", () => toast.remove());
  document.querySelector("#toasts")?.append(toast);
  if (kind === "good") setTimeout(() => toast.remove(), 6000);
  return toast;
}

/** Says once that the session has ended, with the way back in; what was typed is kept as a draft. */
export function tellSignedOut(): void {
  if (document.querySelector("[data-signed-out]")) return;
  const toast = tell("You have been signed out. What you typed is kept. ", "bad");
  toast.dataset["signedOut"] = "";
  const link = document.createElement("a");
  link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = "Sign in again";
  toast.append(link);
}
