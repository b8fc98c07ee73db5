// Places in the text: from a JSON pointer to what stands there, also while the text is half written.
import { findNodeAtLocation, type JSONPath, type Node, parseTree } from "jsonc-parser";

export interface Place {
  from: number;
  to: number;
}

function steps(pointer: string): string[] {
  return pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function nodeAt(root: Node, pointer: string): Node {
  const path: JSONPath = [];
  let found = root;
  for (const step of steps(pointer)) {
    path.push(found.type === "array" ? Number(step) : step);
    const next = findNodeAtLocation(root, path);
    // What is not there is looked for where it would have to be.
    if (!next) return found;
    found = next;
  }
  return found;
}

/** What is marked of the value at a pointer: of a long one its name, or its first bracket. */
export function markOf(text: string, pointer: string, what: "name" | "value" = "value"): Place {
  const root = parseTree(text);
  if (!root) return { from: 0, to: Math.min(1, text.length) };
  const node = nodeAt(root, pointer);
  const name = node.parent?.type === "property" ? node.parent.children?.[0] : undefined;
  const isLong = node.type === "object" || node.type === "array";
  if (name && (isLong || what === "name")) return { from: name.offset, to: name.offset + name.length };
  return { from: node.offset, to: node.offset + (isLong ? 1 : node.length) };
}
