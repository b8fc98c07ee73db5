// Requests to our own server, and the words for what went wrong.

export function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

/** Posts a form as a browser would, marked as coming from a script; keeps to our own server. */
export function post(path: string, body: URLSearchParams | FormData): Promise<Response> {
  return fetch(path, {
    method: "POST",
    body: body instanceof FormData ? new URLSearchParams([...body].map(([name, value]) => [name, String(value)])) : body,
    headers: { "X-CSRF-Token": csrfToken(), "HX-Request": "true" },
    redirect: "manual",
  });
}

/** A passing message; `bad` ones stay until they are clicked away. */
export function tell(text: string, kind: "good" | "bad" = "good"): void {
  const toast = document.createElement("div");
  toast.className = kind === "bad" ? "toast bad" : "toast";
  toast.textContent = text;
  toast.addEventListener("click", () => toast.remove());
  document.querySelector("#toasts")?.append(toast);
  if (kind === "good") setTimeout(() => toast.remove(), 6000);
}
