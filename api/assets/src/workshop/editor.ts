// The editor: CodeMirror in place of the text area, with our schema behind it.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, linter, lintGutter, lintKeymap, nextDiagnostic, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, Transaction } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { type Language, readLanguage } from "./language";
import { markOf, type Place } from "./places";

export interface Finding {
  pointer: string;
  severity: "error" | "warning";
  message: string;
  code: string;
}

export interface Editor {
  text(): string;
  replace(text: string): void;
  /** Goes to the place that a pointer, and a finding's code if there is one, speak of. */
  jump(pointer: string, code?: string): void;
  focus(): void;
  /** What the check found in a text: shown for as long as the text is that one. */
  show(text: string, findings: Finding[]): void;
}

const LOOK = EditorView.theme({
  "&": { height: "100%", fontSize: "0.875rem", backgroundColor: "var(--surface)", color: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--text)", padding: "0.5rem 0" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--muted)", border: "none" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--sunken) 60%, transparent)" },
  ".cm-placeholder": { color: "var(--muted)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--accent-soft)" },
  ".cm-cursor": { borderLeftColor: "var(--text)", borderLeftWidth: "2px" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", border: "1px solid var(--line)", borderRadius: "8px", boxShadow: "var(--shadow-high)", color: "var(--text)", overflow: "hidden" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "16rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "0.1875rem 0.625rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--accent-text)" },
  ".cm-completionDetail": { color: "var(--muted)", fontStyle: "normal", fontFamily: "var(--font)" },
  "li[aria-selected] .cm-completionDetail": { color: "var(--accent-text)" },
  ".cm-completionInfo": { maxWidth: "22rem", padding: "0" },
  ".cm-diagnostic": { padding: "0.375rem 0.625rem", fontFamily: "var(--font)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-panels": { backgroundColor: "var(--surface)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-panels .cm-button": { backgroundImage: "none", backgroundColor: "var(--surface)", color: "var(--text)", border: "1px solid var(--line-strong)" },
  ".cm-textfield": { backgroundColor: "var(--surface)", color: "var(--text)", border: "1px solid var(--line-strong)" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--sunken)", border: "none", color: "var(--muted)", padding: "0 0.375rem" },
  ".cm-matchingBracket": { backgroundColor: "var(--accent-soft)" },
});

const COLOURS = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--accent)" },
  { tag: tags.string, color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warn)" },
  { tag: [tags.punctuation, tags.bracket], color: "var(--muted)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

function basics(nonce: string): Extension {
  return [
    EditorView.cspNonce.of(nonce),
    lineNumbers(),
    foldGutter(),
    history(),
    drawSelection(),
    EditorState.tabSize.of(2),
    indentUnit.of("  "),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    search({ top: true }),
    json(),
    syntaxHighlighting(COLOURS),
    LOOK,
    EditorView.contentAttributes.of({ "aria-label": "The definition, as JSON", spellcheck: "false", tabindex: "0" }),
    placeholder("Ctrl+Space offers what can stand here: begin with “A small pipe”."),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap]),
  ];
}

const ABOUT_NAMES = new Set(["unknown_property", "duplicate_name", "unused_field"]);

function markOfFinding(text: string, pointer: string, code: string): Place {
  return markOf(text, pointer, ABOUT_NAMES.has(code) ? "name" : "value");
}

function diagnosticsOf(text: string, findings: Finding[]): Diagnostic[] {
  return findings.map(({ pointer, severity, message, code }) => ({ ...markOfFinding(text, pointer, code), severity, message }));
}

/** Whether the text is no JSON, so that the language service knows better where. */
function isBroken(findings: Finding[]): boolean {
  return findings.some(({ code }) => code === "not_json");
}

interface Wanted {
  area: HTMLTextAreaElement;
  nonce: string;
  changed: () => void;
}

/** Puts an editor in the place of a text area, whose value follows the text. */
export function openEditor({ area, nonce, changed }: Wanted): Editor {
  const language: Promise<Language> = readLanguage();
  let checked: { text: string; findings: Finding[] } | undefined;

  // At once the schema speaks; as soon as the server has checked this very text, the check does.
  async function judge(view: EditorView): Promise<Diagnostic[]> {
    const text = view.state.doc.toString();
    if (checked?.text === text && !isBroken(checked.findings)) return diagnosticsOf(text, checked.findings);
    return (await language).problems(text);
  }

  const view = new EditorView({
    doc: area.value,
    extensions: [
      basics(nonce),
      autocompletion({ override: [async (context) => (await language).complete(context)], icons: false, interactionDelay: 0 }),
      hoverTooltip(async (editor, position) => (await language).hover(editor, position)),
      linter(judge, { delay: 350 }),
      lintGutter(),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        area.value = update.state.doc.toString();
        changed();
      }),
    ],
  });
  area.hidden = true;
  area.after(view.dom);

  return {
    text: () => view.state.doc.toString(),
    replace(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, annotations: Transaction.userEvent.of("input") });
    },
    jump(pointer, code = "") {
      const { from, to } = markOfFinding(view.state.doc.toString(), pointer, code);
      view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
      view.focus();
      if (code === "not_json") nextDiagnostic(view);
    },
    focus: () => view.focus(),
    show(text, findings) {
      checked = { text, findings };
      if (view.state.doc.toString() !== text || isBroken(findings)) return;
      view.dispatch(setDiagnostics(view.state, diagnosticsOf(text, findings)));
    },
  };
}
