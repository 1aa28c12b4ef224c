import {
  YFile,
  YNotebook,
  type ISharedCell,
  type YCodeCell,
  type YMarkdownCell,
  type YRawCell
} from '@jupyter/ydoc';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import type { SharedDocument } from '../document/content';
import { canonical, isObject, joined } from './canonical';
import { changes } from './merge/difference';
import { equal } from './merge/value';

/**
 * Makes a document say something else with as few edits as possible (LITE-14).
 *
 * What stays the same is not touched, so edits that others make meanwhile merge with these.
 *
 * @param content In any form; it is made canonical first.
 */
export function reconcile(model: SharedDocument, content: JSONValue): void {
  const wanted = canonical(content);
  if (equal(canonical(model.getSource()), wanted)) {
    return;
  }
  if (model instanceof YNotebook && isObject(wanted)) {
    const cells = (wanted['cells'] as JSONObject[] | undefined) ?? [];
    // The notebook knows its new cells once the transaction that brings them is over.
    model.ydoc.transact(() => {
      reconcileOrder(model, cells);
    });
    model.ydoc.transact(() => {
      reconcileCells(model, cells);
      reconcileHeader(model, wanted);
    });
  } else if (model instanceof YFile && typeof wanted === 'string') {
    model.ydoc.transact(() => {
      reconcileText(model, wanted);
    });
  } else {
    model.setSource(wanted);
  }
}

/** What both texts and cells are changed by. */
interface IText {
  getSource(): string;
  updateSource(start: number, end: number, value?: string): void;
}

function reconcileText(text: IText, wanted: string): void {
  const lines = text.getSource().match(LINE) ?? [];
  const others = wanted.match(LINE) ?? [];
  const starts = [0];
  for (const line of lines) {
    starts.push((starts.at(-1) ?? 0) + line.length);
  }
  // From the end, so that the places before stay where they are.
  for (const { end, newEnd, newStart, start } of changes(lines, others).reverse()) {
    const replacement = others.slice(newStart, newEnd).join('');
    text.updateSource(starts[start] ?? 0, starts[end] ?? 0, replacement);
  }
}

/** A line with its end. */
const LINE = /[^\n]*\n|[^\n]+$/g;

function keyOf(cell: JSONObject): string {
  return JSON.stringify([cell['id'], cell['cell_type']]);
}

function reconcileOrder(notebook: YNotebook, cells: readonly JSONObject[]): void {
  const here = notebook.cells.map(cell => keyOf(cell.toJSON() as unknown as JSONObject));
  for (const { end, newEnd, newStart, start } of changes(here, cells.map(keyOf)).reverse()) {
    if (end > start) {
      notebook.deleteCellRange(start, end);
    }
    if (newEnd > newStart) {
      const inserted = cells.slice(newStart, newEnd);
      notebook.insertCells(start, inserted as unknown as Parameters<YNotebook['insertCells']>[1]);
    }
  }
}

function reconcileCells(notebook: YNotebook, cells: readonly JSONObject[]): void {
  cells.forEach((cell, index) => {
    const present = notebook.cells[index];
    if (present !== undefined) {
      reconcileCell(present, cell);
    }
  });
}

function reconcileHeader(notebook: YNotebook, wanted: JSONObject): void {
  const { metadata, nbformat_minor: minor } = wanted;
  if (isObject(metadata) && !equal(notebook.getMetadata() as JSONValue, metadata)) {
    notebook.setMetadata(metadata);
  }
  if (typeof minor === 'number' && notebook.nbformat_minor !== minor) {
    notebook.nbformat_minor = minor;
  }
}

function reconcileCell(cell: ISharedCell, wanted: JSONObject): void {
  const present = cell.toJSON() as unknown as JSONObject;
  reconcileText(cell, joined(wanted['source']));
  if (!equal(present['metadata'], wanted['metadata']) && isObject(wanted['metadata'])) {
    cell.setMetadata(wanted['metadata']);
  }
  if (cell.cell_type === 'code') {
    reconcileResults(cell as YCodeCell, present, wanted);
  } else {
    reconcileAttachments(cell as YMarkdownCell | YRawCell, present, wanted);
  }
}

function reconcileAttachments(
  cell: YMarkdownCell | YRawCell,
  present: JSONObject,
  wanted: JSONObject
): void {
  const attachments = isObject(wanted['attachments']) ? wanted['attachments'] : undefined;
  if (!equal(present['attachments'], attachments)) {
    cell.setAttachments(attachments as Parameters<YMarkdownCell['setAttachments']>[0]);
  }
}

function reconcileResults(cell: YCodeCell, present: JSONObject, wanted: JSONObject): void {
  const outputs = wanted['outputs'] ?? [];
  if (!equal(present['outputs'] ?? [], outputs)) {
    cell.setOutputs(outputs as unknown as Parameters<YCodeCell['setOutputs']>[0]);
  }
  const count = wanted['execution_count'];
  if (cell.execution_count !== count && (typeof count === 'number' || count === null)) {
    cell.execution_count = count;
  }
}
