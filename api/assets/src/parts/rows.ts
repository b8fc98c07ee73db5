// Tables in forms: rows are added and removed. A row's inputs are named `field.<row>.<column>`.
import { controlsIn } from "./typed";

function renumber(body: HTMLTableSectionElement): void {
  [...body.rows].forEach((row, index) => {
    for (const control of controlsIn(row)) {
      if (!control.name) continue;
      const [field, , column] = control.name.split(".");
      control.name = `${field}.${index}.${column}`;
      if (control.type !== "hidden") control.id = `${field}-${index + 1}-${column}`;
      control.setAttribute("aria-label", (control.getAttribute("aria-label") ?? "").replace(/row \d+$/, `row ${index + 1}`));
    }
  });
}

function cleared(row: HTMLTableRowElement): HTMLTableRowElement {
  const copy = row.cloneNode(true) as HTMLTableRowElement;
  for (const control of controlsIn(copy)) {
    if (control instanceof HTMLInputElement && control.type === "checkbox") control.checked = false;
    else if (!(control instanceof HTMLInputElement && control.type === "hidden")) control.value = "";
  }
  return copy;
}

function addRow(body: HTMLTableSectionElement): void {
  const last = body.rows[body.rows.length - 1];
  if (!last) return;
  const row = cleared(last);
  body.append(row);
  renumber(body);
  row.querySelector<HTMLElement>("input:not([type=hidden]), textarea, select")?.focus();
}

function removeRow(field: HTMLElement, body: HTMLTableSectionElement, row: HTMLTableRowElement): void {
  if (body.rows.length === 1) row.replaceWith(cleared(row));
  else row.remove();
  renumber(body);
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.querySelector<HTMLElement>("[data-add-row]")?.focus();
}

export function growTables(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-add-row], [data-remove-row]");
    const field = button?.closest<HTMLElement>("[data-rows]");
    const body = field?.querySelector("tbody");
    if (!button || !field || !body) return;
    const row = button.closest<HTMLTableRowElement>("[data-row]");
    if (row) removeRow(field, body, row);
    else addRow(body);
  });
}
