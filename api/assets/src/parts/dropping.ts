// Files are dropped where they can also be chosen: the input gets them, as if they had been chosen.

function placeOf(event: DragEvent): HTMLElement | null {
  if (!event.dataTransfer?.types.includes("Files")) return null;
  return (event.target as Element).closest<HTMLElement>("[data-drop]");
}

export function takeDroppedFiles(): void {
  document.addEventListener("dragover", (event) => {
    const place = placeOf(event);
    for (const other of document.querySelectorAll(".dropping")) if (other !== place) other.classList.remove("dropping");
    const input = place?.querySelector<HTMLInputElement>("input[type=file]");
    if (!place || !input) return;
    event.preventDefault();
    place.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.querySelector(".dropping")?.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    const place = placeOf(event);
    const input = place?.querySelector<HTMLInputElement>("input[type=file]");
    if (!place || !input || !event.dataTransfer) return;
    event.preventDefault();
    place.classList.remove("dropping");
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
