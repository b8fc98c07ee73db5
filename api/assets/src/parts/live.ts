// What others do appears by itself: the server says which card changed. One stream for a whole page.

export interface Change {
  card: string;
  version: number;
}

type Listener = (change: Change) => void;

const listeners = new Set<Listener>();
let source: EventSource | null = null;
let position = "";

function open(pipe: string): void {
  source = new EventSource(`/api/v1/pipes/${pipe}/events?after=${position}`);
  source.addEventListener("card", (event) => {
    const { data, lastEventId } = event as MessageEvent<string>;
    position = lastEventId || position;
    for (const listener of listeners) listener(JSON.parse(data) as Change);
  });
}

function close(): void {
  source?.close();
  source = null;
}

/** Follows a pipe from a position on. A page that nobody looks at lets go of its connection. */
export function follow(pipe: string, after: string, listener: Listener): void {
  listeners.add(listener);
  if (source) return;
  position = after;
  open(pipe);
  window.addEventListener("pagehide", close);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else if (!source) open(pipe);
  });
}
