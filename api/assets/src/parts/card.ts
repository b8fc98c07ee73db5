// What others do with the card appears on its open page; nothing that somebody is typing in is touched.
import htmx from "./htmx";

function side(): HTMLElement | null {
  return document.getElementById("card-side");
}

async function refresh(key: string, version: number): Promise<void> {
  const before = side();
  if (!before || Number(before.dataset["version"]) >= version) return;
  const phase = before.dataset["phase"];
  await htmx.ajax("get", `/cards/${key}/parts`, { source: before, swap: "none" });
  // Another phase has another form: what was typed into this one is kept as a draft.
  if (side()?.dataset["phase"] !== phase) window.location.reload();
}

export function followCard(): void {
  const page = document.querySelector<HTMLElement>("[data-card-page]");
  const key = page?.dataset["cardPage"];
  if (!page || !key) return;
  const source = new EventSource(`/api/v1/pipes/${page.dataset["pipe"]}/events?after=${page.dataset["after"] ?? ""}`);
  source.addEventListener("card", (event) => {
    const change = JSON.parse((event as MessageEvent<string>).data) as { card: string; version: number };
    if (change.card === key) void refresh(key, change.version);
  });
  window.addEventListener("pagehide", () => source.close());
}
