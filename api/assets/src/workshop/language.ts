// The language service of JSON behind CodeMirror's completion, hovers and problems.
import { type Completion, type CompletionContext, type CompletionResult, snippet } from "@codemirror/autocomplete";
import type { Diagnostic } from "@codemirror/lint";
import type { EditorView, Tooltip } from "@codemirror/view";
import {
  type CompletionItem,
  CompletionItemKind,
  DiagnosticSeverity,
  getLanguageService,
  type JSONSchema,
  type LanguageService,
  TextDocument,
} from "vscode-json-languageservice";
import { namesAt } from "./names";
import { forEditor } from "./snippets";

const DOCUMENT = "file:///pipe.json";
const SCHEMA = "/schemas/pipe.json";

export interface Language {
  problems(text: string): Promise<Diagnostic[]>;
  complete(context: CompletionContext): Promise<CompletionResult | null>;
  hover(view: EditorView, position: number): Promise<Tooltip | null>;
}

/** Fetches the schema and makes the service ready. */
export async function readLanguage(): Promise<Language> {
  const schema = forEditor((await (await fetch(SCHEMA)).json()) as JSONSchema);
  const service = getLanguageService({
    // Whatever a document names as its schema: there is one.
    schemaRequestService: () => Promise.resolve(JSON.stringify(schema)),
  });
  service.configure({ validate: true, allowComments: false, schemas: [{ uri: SCHEMA, fileMatch: ["*"], schema }] });
  return {
    problems: (text) => problems(service, text),
    complete: (context) => complete(service, context),
    hover: (view, position) => hover(service, view, position),
  };
}

function documentOf(text: string): TextDocument {
  return TextDocument.create(DOCUMENT, "json", 0, text);
}

async function problems(service: LanguageService, text: string): Promise<Diagnostic[]> {
  if (!text.trim()) return [];
  const document = documentOf(text);
  const found = await service.doValidation(document, service.parseJSONDocument(document), { schemaValidation: "error" });
  return found.map(({ range, message, severity }) => ({
    from: document.offsetAt(range.start),
    to: document.offsetAt(range.end),
    severity: severity === DiagnosticSeverity.Error ? "error" : "warning",
    message: typeof message === "string" ? message : message.value,
  }));
}

// --- completion ---------------------------------------------------------------------------------

const WORD = /[\w:.#*-]*/;

async function complete(service: LanguageService, context: CompletionContext): Promise<CompletionResult | null> {
  const text = context.state.doc.toString();
  const word = context.matchBefore(WORD);
  const from = word?.from ?? context.pos;
  const before = text.slice(from - 1, from);
  if (!context.explicit && before !== '"' && from === context.pos) return null;
  const document = documentOf(text);
  const list = await service.doComplete(document, document.positionAt(context.pos), service.parseJSONDocument(document));
  const own = namesAt(text, context.pos).map((name) => ownName(name.label, name.detail));
  const known = (list?.items ?? []).map((item) => fromService(item, document, context.pos));
  const options = [...own, ...known];
  return options.length ? { from, options, validFor: /^[\w:.#*-]*$/ } : null;
}

/** A name of the definition's own parts; it takes the place of the text it is typed into. */
function ownName(label: string, detail: string): Completion {
  return {
    label,
    detail,
    type: "variable",
    boost: 50,
    apply: (view, _completion, from, to) => {
      const doc = view.state.doc;
      const isQuoted = doc.sliceString(from - 1, from) === '"';
      const rest = /^[^"\n]*/.exec(doc.sliceString(to, doc.lineAt(to).to))?.[0].length ?? 0;
      const end = isQuoted ? to + rest : to;
      const insert = isQuoted ? label : JSON.stringify(label);
      const closed = isQuoted && doc.sliceString(end, end + 1) === '"' ? 1 : 0;
      view.dispatch({ changes: { from, to: end, insert }, selection: { anchor: from + insert.length + closed }, userEvent: "input.complete" });
    },
  };
}

const KINDS = new Map<number | undefined, string>([
  [CompletionItemKind.Property, "property"],
  [CompletionItemKind.Module, "namespace"],
  [CompletionItemKind.Value, "constant"],
  [CompletionItemKind.Enum, "enum"],
  [CompletionItemKind.EnumMember, "enum"],
]);

function fromService(item: CompletionItem, document: TextDocument, position: number): Completion {
  const edit = item.textEdit && "range" in item.textEdit ? item.textEdit : undefined;
  const about = typeof item.documentation === "string" ? item.documentation : item.documentation?.value;
  return {
    label: item.label.replace(/^"(.*)"$/, "$1"),
    ...(item.detail ? { detail: item.detail } : {}),
    ...(about ? { info: () => paragraphs(about) } : {}),
    type: KINDS.get(item.kind) ?? "text",
    apply: (view, completion, from, to) => {
      const begin = edit ? document.offsetAt(edit.range.start) : from;
      const end = edit ? document.offsetAt(edit.range.end) + (to - position) : to;
      const insert = edit?.newText ?? item.insertText ?? item.label;
      snippet(asTemplate(insert))(view, completion, Math.min(begin, from), Math.max(end, to));
    },
  };
}

/**
 * A snippet of VS Code as CodeMirror writes it: `$1` as `${1}`, escaped signs as themselves; behind the
 * last place to fill in, Tab leads to the end of what was inserted, not out of the editor.
 */
function asTemplate(text: string): string {
  const template = text
    .replaceAll("\t", "  ")
    .replace(/\$(\d+)/g, "${$1}")
    .replace(/\\([$\\])/g, "$1");
  return template.includes("${1") && !template.includes("${0}") ? `${template}\${0}` : template;
}

// --- hovers -------------------------------------------------------------------------------------

async function hover(service: LanguageService, view: EditorView, position: number): Promise<Tooltip | null> {
  const document = documentOf(view.state.doc.toString());
  const found = await service.doHover(document, document.positionAt(position), service.parseJSONDocument(document));
  const said = found ? plain(found.contents) : "";
  if (!found?.range || !said) return null;
  return { pos: document.offsetAt(found.range.start), end: document.offsetAt(found.range.end), above: true, create: () => ({ dom: paragraphs(said) }) };
}

function plain(contents: unknown): string {
  const parts = Array.isArray(contents) ? contents : [contents];
  const texts = parts.map((part) => (typeof part === "string" ? part : String((part as { value?: string }).value ?? "")));
  return texts.join("\n").replaceAll("&nbsp;", " ").replace(/\\([^\w\s])/g, "$1").replace(/\\\n/g, "\n").trim();
}

function paragraphs(text: string): HTMLElement {
  const about = document.createElement("div");
  about.className = "editor-about";
  for (const line of text.split(/\n+/)) {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    about.append(paragraph);
  }
  return about;
}
