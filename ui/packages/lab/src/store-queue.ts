/**
 * What is asked of a store of this browser, in order.
 *
 * A page that ends does not live to see the answer to what it wrote last. So a write goes out at once, and not behind the
 * one that is under way: the browser keeps the order of writes by itself.
 */
export class StoreQueue {
  private work: Promise<void> = Promise.resolve();
  private waiting = 0;

  /**
   * @param failed Called when the store refuses something; what comes after it is asked for all the same.
   */
  constructor(private readonly failed: () => void) {}

  /** Writes now; behind everything asked for so far where anything but writes is under way. */
  write(task: () => Promise<void>): void {
    if (this.waiting > 0) {
      this.after(task);
      return;
    }
    const written = task().catch(this.failed);
    this.work = this.work.then(() => written);
  }

  /** Does something once everything asked for so far has been done. */
  after(task: () => Promise<void>): void {
    this.waiting += 1;
    this.work = this.work
      .then(task)
      .catch(this.failed)
      .finally(() => {
        this.waiting -= 1;
      });
  }

  /** Resolves when everything asked for so far has been done. */
  settled(): Promise<void> {
    return this.work;
  }
}
