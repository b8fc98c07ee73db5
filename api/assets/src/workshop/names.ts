// The names that a definition gives to its own parts, completed where they are asked for.
import { getLocation, type JSONPath, parse } from "jsonc-parser";

interface Definition {
  teams?: Record<string, string>;
  calendars?: Record<string, unknown>;
  fields?: Record<string, { label?: string; type?: string }>;
  phases?: { id?: string; name?: string }[];
  transitions?: { id?: string; label?: string }[];
}

export interface Name {
  label: string;
  detail: string;
}

type Names = (definition: Definition, text: string) => Name[];

const entries = (record: object | undefined): [string, unknown][] => (record && typeof record === "object" ? Object.entries(record) : []);
const listed = <T>(list: T[] | undefined): T[] => (Array.isArray(list) ? list.filter(Boolean) : []);

const phases: Names = (definition) => listed(definition.phases).flatMap(({ id, name }) => (id ? [{ label: id, detail: name ?? "" }] : []));
const fields: Names = (definition) => Object.entries(definition.fields ?? {}).map(([id, field]) => ({ label: id, detail: field?.label ?? "" }));
const teams: Names = (definition) => entries(definition.teams).map(([id, name]) => ({ label: id, detail: String(name) }));
const calendars: Names = (definition) => entries(definition.calendars).map(([id]) => ({ label: id, detail: "calendar" }));
const ways: Names = (definition) => listed(definition.transitions).flatMap(({ id, label }) => (id ? [{ label: id, detail: label ?? "" }] : []));

function roles(text: string): string[] {
  const named = [...text.matchAll(/"role:([a-z][a-z0-9_-]*)/g)].map((found) => found[1] ?? "");
  return [...new Set(["admin", "member", ...named])];
}

const principals: Names = (definition, text) => [
  ...["anyone", "creator", "assignees", "requester"].map((label) => ({ label, detail: "" })),
  ...teams(definition, text).flatMap(({ label, detail }) => [
    { label: `team:${label}`, detail },
    { label: `lead:${label}`, detail: `who leads ${detail}` },
  ]),
  ...roles(text).map((role) => ({ label: `role:${role}`, detail: "role" })),
  ...Object.entries(definition.fields ?? {}).filter(([, field]) => ["user", "users", "team"].includes(field?.type ?? "")).map(([id, field]) => ({ label: `field:${id}`, detail: field?.label ?? "" })),
];

const actors: Names = (definition, text) => [
  ...["creator", "admin"].map((label) => ({ label, detail: "" })),
  ...teams(definition, text).flatMap(({ label, detail }) => [
    { label: `member:${label}`, detail },
    { label: `lead:${label}`, detail: `who leads ${detail}` },
  ]),
  ...roles(text).map((role) => ({ label: `role:${role}`, detail: "role" })),
];

const OF_CARD = ["key", "title", "phase", "priority", "labels", "assignees", "creator", "on_hold", "returns", "age_days", "days_in_phase"];

const inRules: Names = (definition, text) => [
  ...fields(definition, text).map(({ label, detail }) => ({ label: `fields.${label}`, detail })),
  ...OF_CARD.map((name) => ({ label: `card.${name}`, detail: "" })),
  ...["actor.id", "actor.teams", "actor.roles", "today", "now"].map((label) => ({ label, detail: "" })),
];

const BY_PROPERTY: Record<string, Names> = {
  phase: phases,
  to: phases,
  from: phases,
  on_reject: phases,
  form: fields,
  field: fields,
  any_of: fields,
  summary: fields,
  title: fields,
  reset_on_edit: fields,
  team: teams,
  from_team: teams,
  calendar: calendars,
  quiet: calendars,
  by: principals,
  notify: principals,
  exclude: principals,
  escalate_to: principals,
  confidential: principals,
  as: actors,
  move: ways,
  transition: ways,
  var: inRules,
};
// Objects whose own properties are named after fields.
const KEYED_BY_FIELD = new Set(["set", "edit", "create"]);

/** The last property on the way to a place; items of a list count as their list. */
function property(path: JSONPath): string | undefined {
  const names = path.filter((step): step is string => typeof step === "string");
  return names.at(-1);
}

function keys(path: JSONPath): Names | undefined {
  const holder = path.at(-2);
  const outer = path.at(-3);
  const isOfFields = KEYED_BY_FIELD.has(String(holder)) || (holder === "fields" && (path.includes("steps") || KEYED_BY_FIELD.has(String(outer))));
  return isOfFields ? fields : undefined;
}

/** What may stand at a place, among the names of the definition itself. */
export function namesAt(text: string, offset: number): Name[] {
  const location = getLocation(text, offset);
  const names = location.isAtPropertyKey ? keys(location.path) : BY_PROPERTY[property(location.path) ?? ""];
  if (!names) return [];
  const definition = parse(text) as Definition | undefined;
  return definition && typeof definition === "object" ? names(definition, text) : [];
}
