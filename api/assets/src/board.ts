// The board: cards are dragged from phase to phase.
import Sortable from "sortablejs";

for (const column of document.querySelectorAll<HTMLElement>("[data-column]")) {
  Sortable.create(column, { group: "phases" });
}
