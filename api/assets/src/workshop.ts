// The page on which a pipe is written: an editor, and beside it everything that follows from the text.
import { Idiomorph } from "idiomorph";
import { post, tell } from "./parts/requests";
import { type Editor, type Finding, openEditor } from "./workshop/editor";
import { makeSplitter, makeTabs, type Tabs, updatePanels } from "./workshop/panels";
import { type Keeper, keepText } from "./workshop/saving";

interface Workshop {
  root: HTMLElement;
  form: HTMLFormElement;
  panels: HTMLElement;
  editor: Editor;
  keeper: Keeper;
  tabs: Tabs;
}

function findingsShown(panels: HTMLElement): Finding[] {
  return [...panels.querySelectorAll<HTMLElement>("[data-finding]")].map((link) => ({
    pointer: link.dataset["at"] ?? "",
    severity: link.dataset["severity"] === "error" ? "error" : "warning",
    message: link.querySelector(".finding-text")?.textContent?.trim() ?? "",
    code: link.dataset["finding"] ?? "",
  }));
}

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

/** Says in the frame of the page what the panels hold. */
function tellCounts({ root, panels }: Pick<Workshop, "root" | "panels">): void {
  const { errors = "0", warnings = "0", title = "", empty } = panels.querySelector<HTMLElement>("#findings")?.dataset ?? {};
  const { failed = "0", all = "0" } = panels.querySelector<HTMLElement>("#scenarios")?.dataset ?? {};
  const findings = root.querySelector<HTMLElement>("[data-count=findings]");
  const scenarios = root.querySelector<HTMLElement>("[data-count=scenarios]");
  const status = root.querySelector<HTMLElement>("[data-status]");
  const name = root.querySelector<HTMLElement>("[data-name]");
  if (findings) {
    findings.textContent = String(Number(errors) + Number(warnings) || "");
    findings.className = Number(errors) ? "count bad" : "count warn";
  }
  if (scenarios) {
    scenarios.textContent = Number(failed) ? `${failed}/${all}` : "";
    scenarios.className = "count bad";
  }
  if (status) {
    const found = [Number(errors) ? counted(Number(errors), "error") : "", Number(warnings) ? counted(Number(warnings), "warning") : ""].filter(Boolean).join(", ");
    const nothing = empty === undefined ? "Nothing to object" : "Nothing is written yet";
    status.textContent = `${found || nothing} · Ctrl+Space completes${found ? ", F8 goes to the next finding" : ""}`;
    status.hidden = false;
  }
  if (name && title) name.textContent = title;
}

// --- the form as its people see it ----------------------------------------------------------------

async function showForm(panels: HTMLElement): Promise<void> {
  const form = panels.querySelector<HTMLFormElement>("[data-preview]");
  if (!form) return;
  const answer = await post(form.action, new FormData(form));
  if (!answer.ok) return;
  Idiomorph.morph(form, await answer.text(), { morphStyle: "outerHTML", ignoreActiveValue: true });
}

function followForm(panels: HTMLElement): void {
  let waiting: number | undefined;
  const soon = (pause: number): void => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void showForm(panels), pause);
  };
  panels.addEventListener("change", (event) => {
    if ((event.target as HTMLElement).closest("[data-preview]")) soon(0);
  });
  panels.addEventListener("input", (event) => {
    if ((event.target as HTMLElement).closest("[data-preview]")) soon(400);
  });
  panels.addEventListener("submit", (event) => {
    if (!(event.target as HTMLElement).matches("[data-preview]")) return;
    event.preventDefault();
    soon(0);
  });
}

// --- what can be clicked ----------------------------------------------------------------------------

function followLinks({ root, editor, tabs }: Workshop): void {
  root.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLElement | SVGElement>("[data-at], [data-open]");
    if (!link) return;
    event.preventDefault();
    const { at, open, finding } = link.dataset;
    if (open !== undefined) {
      tabs.open(open);
      document.getElementById(`tab-${open}`)?.focus();
    } else if (at !== undefined) {
      if (window.matchMedia("(max-width: 60rem)").matches) tabs.open("text");
      editor.jump(at, finding);
    }
  });
}

async function format(form: HTMLFormElement, editor: Editor): Promise<void> {
  const wanted = editor.text();
  const answer = await fetch(`${form.action}/formatted`, {
    method: "POST",
    body: wanted,
    headers: { "Content-Type": "text/plain", "X-CSRF-Token": String(new FormData(form).get("csrf_token")), "HX-Request": "true" },
  });
  const text = await answer.text();
  if (answer.ok && text !== editor.text() && wanted === editor.text()) editor.replace(text);
  else if (!answer.ok) tell("The server could not lay this out.", "bad");
  editor.focus();
}

/** Whatever is asked for is asked for the text as it stands, once it is saved. */
function followForms({ form, editor, keeper }: Workshop): void {
  let isSaved = false;
  form.addEventListener("submit", (event) => {
    if (isSaved) return;
    event.preventDefault();
    const button = event.submitter as HTMLButtonElement | null;
    if (button?.value === "format") {
      void format(form, editor);
      return;
    }
    void keeper.settled().then((saved) => {
      isSaved = saved;
      // A form takes no submission while one is still being told of.
      if (saved) setTimeout(() => form.requestSubmit(button));
    });
  });
}

function followKeys({ root, editor, keeper, tabs }: Workshop): void {
  root.addEventListener("keydown", (event) => {
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key === "s") {
      event.preventDefault();
      void keeper.settled();
    } else if (event.altKey && event.shiftKey && event.code === "KeyF") {
      event.preventDefault();
      root.querySelector<HTMLButtonElement>("[data-format]")?.click();
    } else if (event.key === "F6") {
      event.preventDefault();
      if (root.querySelector(".cm-editor")?.contains(document.activeElement)) document.getElementById(`tab-${tabs.opened()}`)?.focus();
      else editor.focus();
    }
  });
}

function openWorkshop(root: HTMLElement): void {
  const form = document.querySelector<HTMLFormElement>("#draft-form");
  const area = document.querySelector<HTMLTextAreaElement>("#definition-text");
  const panels = document.querySelector<HTMLElement>("#panels");
  const said = root.querySelector<HTMLElement>("[data-saved]");
  const revision = form?.elements.namedItem("revision");
  const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content;
  if (!form || !area || !panels || !said || !nonce || !(revision instanceof HTMLInputElement)) return;
  root.classList.add("is-live");
  const tabs = makeTabs(root);
  makeSplitter(root);
  let changed = (): void => undefined;
  const editor = openEditor({ area, nonce, changed: () => changed() });
  const keeper = keepText({
    draft: root.dataset["workshop"] ?? "",
    revision,
    said,
    text: editor.text,
    replace: editor.replace,
    answered: (text, html) => {
      updatePanels(panels, html);
      tabs.arrange();
      tellCounts({ root, panels });
      editor.show(text, findingsShown(panels));
      if (tabs.opened() === "forms") void showForm(panels);
    },
  });
  changed = keeper.changed;
  editor.show(area.defaultValue, findingsShown(panels));
  tellCounts({ root, panels });
  const workshop: Workshop = { root, form, panels, editor, keeper, tabs };
  followForm(panels);
  followLinks(workshop);
  followForms(workshop);
  followKeys(workshop);
  if (!editor.text()) editor.focus();
  // What this browser had kept is sent.
  void keeper.settled();
}

const root = document.querySelector<HTMLElement>("[data-workshop]");
if (root) openWorkshop(root);
