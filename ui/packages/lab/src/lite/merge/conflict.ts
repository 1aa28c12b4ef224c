/** A place that both sides had changed. */
export interface IConflict {
  /** Id of the cell; `""` for the document itself. */
  readonly cell: string;
  /** `source`, `outputs`, `cell` (deleted here, changed there), `order`, `content`, or the dotted path of a key. */
  readonly part: string;
  /** Whose version the merged document holds. */
  readonly kept: 'both' | 'ours' | 'theirs';
  /** Line of the merged source, from 0; `null` for other parts. */
  readonly line: number | null;
}
