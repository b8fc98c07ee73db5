// The schema as the editor uses it: with examples in the texts of its hovers, and beginnings to write from.
import type { JSONSchema } from "vscode-json-languageservice";

interface Beginning {
  label: string;
  description: string;
  body: unknown;
}

const FIELD: Beginning[] = [
  { label: "A short text", description: "One line.", body: { type: "short_text", label: "$1" } },
  { label: "A long text", description: "Several lines, Markdown.", body: { type: "long_text", label: "$1" } },
  { label: "A choice", description: "One of several options.", body: { type: "select", label: "$1", options: [{ id: "${2:one}", label: "${3:One}" }, { id: "${4:two}", label: "${5:Two}" }] } },
  { label: "A number", description: "With a unit, if you like.", body: { type: "number", label: "$1" } },
  { label: "A date", description: "A day.", body: { type: "date", label: "$1" } },
  { label: "A person", description: "Somebody of the installation.", body: { type: "user", label: "$1" } },
];

const PHASE: Beginning[] = [
  { label: "A phase", description: "A column of the board.", body: { id: "${1:doing}", name: "${2:Doing}", form: [] } },
  { label: "A last phase", description: "A card ends here.", body: { id: "${1:done}", name: "${2:Done}", final: "done" } },
];

const TRANSITION: Beginning[] = [
  { label: "A way", description: "From one phase to another.", body: { id: "${1:start}", from: "${2:new}", to: "${3:doing}", label: "${4:Start}" } },
  {
    label: "A way with a condition",
    description: "It is open only while a rule holds.",
    body: { id: "${1:start}", from: "${2:new}", to: "${3:doing}", label: "${4:Start}", when: [{ if: { is_set: [{ var: "fields.${5:name}" }] }, else: "${6:Fill this in first.}" }] },
  },
  {
    label: "A way that waits for approval",
    description: "Somebody else has to agree first.",
    body: { id: "${1:approve}", from: "${2:new}", to: "${3:doing}", label: "${4:Approve}", approval: { stages: [{ id: "${5:lead}", name: "${6:Lead}", by: ["${7:role:admin}"], need: 1 }], exclude: ["requester"] } },
  },
];

const SCENARIO: Beginning[] = [
  {
    label: "A scenario",
    description: "A story that has to come out as told.",
    body: { name: "$1", at: "2026-03-02T10:00:00Z", steps: [{ create: { fields: {} }, as: "creator" }, { move: "${2:start}", as: "creator" }, { expect: { phase: "${3:doing}" } }] },
  },
];

const PIPE: Beginning[] = [
  {
    label: "A small pipe",
    description: "Three phases, one field, two ways: ready to publish.",
    body: {
      id: "${1:requests}",
      name: "${2:Requests}",
      card: { noun: "${3:request}", key: "${4:REQ}", title: "name" },
      fields: { name: { type: "short_text", label: "${5:What is it about?}" } },
      start: { phase: "new", form: [{ field: "name", required: true }] },
      phases: [
        { id: "new", name: "${6:New}", form: ["name"] },
        { id: "doing", name: "${7:Doing}", form: ["name"] },
        { id: "done", name: "${8:Done}", final: "done" },
      ],
      transitions: [
        { id: "begin", from: "new", to: "doing", label: "${9:Begin}" },
        { id: "finish", from: "doing", to: "done", label: "${10:Finish}" },
      ],
    },
  },
];

function withExamples(schema: unknown): void {
  if (Array.isArray(schema)) {
    schema.forEach(withExamples);
    return;
  }
  if (!schema || typeof schema !== "object") return;
  const part = schema as JSONSchema;
  if (typeof part.description === "string" && Array.isArray(part.examples)) {
    const shown = part.examples.map((example) => JSON.stringify(example)).join(" or ");
    part.description = `${part.description}\nFor example: ${shown}`;
    // A list or an object is begun empty: what an example names does not exist in this pipe.
    if (part.examples.some((example) => typeof example === "object")) delete part.examples;
  }
  Object.values(schema).forEach(withExamples);
}

/** The schema, made ready for the editor. */
export function forEditor(schema: JSONSchema): JSONSchema {
  withExamples(schema);
  schema.defaultSnippets = PIPE;
  const beginnings: Record<string, Beginning[]> = { field: FIELD, phase: PHASE, transition: TRANSITION, scenario: SCENARIO };
  for (const [name, snippets] of Object.entries(beginnings)) {
    const part = schema.$defs?.[name];
    if (part && typeof part === "object") part.defaultSnippets = snippets;
  }
  return schema;
}
