// Tables in forms: rows are added and removed. A row's inputs are named `field.<row>.<column>`.

function renumber(body: HTMLTableSectionElement): void {
  [...body.rows].forEach((row, index) => {
    for (const control of row.querySelectorAll<HTMLInputElement>("[name]")) {
      const [field, , column] = control.name.split(".");
      control.name = `${field}.${index}.${column}`;
      control.id = `${field}-${index + 1}-${column}`;
      control.setAttribute("aria-label", (control.getAttribute("aria-label") ?? "").replace(/row \d+$/, `row ${index + 1}`));
    }
  });
}

function cleared(row: HTMLTableRowElement): HTMLTableRowElement {
  const copy = row.cloneNode(true) as HTMLTableRowElement;
  for (const control of copy.querySelectorAll<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>("[name]")) {
    if (control instanceof HTMLInputElement && control.type === "checkbox") control.checked = false;
    else if (!(control instanceof HTMLInputElement && control.type === "hidden")) control.value = "";
  }
  return copy;
}

export function growTables(root: ParentNode): void {
  for (const field of root.querySelectorAll<HTMLElement>("[data-rows]")) {
    if (field.dataset["grows"]) continue;
    field.dataset["grows"] = "yes";
    for (const button of field.querySelectorAll<HTMLElement>("[data-add-row], [data-remove-row]")) button.hidden = false;
    field.addEventListener("click", (event) => {
      const body = field.querySelector("tbody");
      const target = event.target as HTMLElement;
      if (!body) return;
      const last = body.rows[body.rows.length - 1];
      if (target.closest("[data-add-row]") && last) {
        const row = cleared(last);
        body.append(row);
        renumber(body);
        row.querySelector<HTMLElement>("input:not([type=hidden]), textarea, select")?.focus();
      }
      const gone = target.closest<HTMLTableRowElement>("[data-row]");
      if (target.closest("[data-remove-row]") && gone) {
        if (body.rows.length === 1) gone.replaceWith(cleared(gone));
        else gone.remove();
        renumber(body);
        field.dispatchEvent(new Event("change", { bubbles: true }));
        field.querySelector<HTMLElement>("[data-add-row]")?.focus();
      }
    });
  }
}
