// What others do on this board appears without losing one's place: the server says which card changed.
import { place, remove } from "./tiles";

interface Change {
  card: string;
  version: number;
}

async function refresh(board: HTMLElement, change: Change): Promise<void> {
  const shown = document.getElementById(`card-${change.card}`);
  if (shown && Number(shown.dataset["version"]) >= change.version) return;
  const answer = await fetch(`/cards/${change.card}/tile?${board.dataset["query"] ?? ""}`, { headers: { "HX-Request": "true" } });
  if (answer.status === 200) place(await answer.text());
  else if (answer.status === 204 || answer.status === 404) remove(change.card);
}

export function followOthers(board: HTMLElement): void {
  const source = new EventSource(`/api/v1/pipes/${board.dataset["pipe"]}/events?after=${board.dataset["after"] ?? ""}`);
  source.addEventListener("card", (event) => void refresh(board, JSON.parse((event as MessageEvent<string>).data) as Change));
  window.addEventListener("pagehide", () => source.close());
}
