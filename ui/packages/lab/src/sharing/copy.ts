/**
 * Puts a text into the clipboard.
 *
 * @returns Whether it is there; where it is not, the person can still copy it by hand.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No secure context, or no permission: the old way needs neither.
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const onCopy = (event: ClipboardEvent): void => {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
  };
  document.addEventListener('copy', onCopy, { once: true, capture: true });
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- all there is without a secure context
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    document.removeEventListener('copy', onCopy, { capture: true });
  }
}
