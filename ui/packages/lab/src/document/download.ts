/**
 * Hands the person a copy of a document as a file.
 *
 * @param name Name of the original file.
 * @param content Text, or what becomes JSON.
 */
export function download(name: string, content: unknown): void {
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 1)}\n`;
  const url = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = copyName(name, new Date());
  link.click();
  // The browser reads the blob after the click has returned.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, REVOKE_AFTER_MS);
}

const REVOKE_AFTER_MS = 60_000;

/** A name that tells the copy from the original and sorts beside it: `a.ipynb` → `a-my-edits-20260131-0905.ipynb`. */
export function copyName(name: string, at: Date): string {
  const digits = (value: number, length: number): string => String(value).padStart(length, '0');
  const day = digits(at.getFullYear(), 4) + digits(at.getMonth() + 1, 2) + digits(at.getDate(), 2);
  const stamp = `my-edits-${day}-${digits(at.getHours(), 2)}${digits(at.getMinutes(), 2)}`;
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)}-${stamp}${name.slice(dot)}` : `${name}-${stamp}`;
}
