/**
 * Runs `work` for every item, at most `width` at once, in the items' order: each lane takes the
 * next item when its last one is done. When `work` throws, no lane takes another item; what runs is
 * waited for, and then the error is thrown.
 */
export async function inLanes<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  let stopped = false;
  async function lane(): Promise<void> {
    for (let next = queue.next(); !stopped && !next.done; next = queue.next()) {
      try {
        await work(next.value);
      } catch (error) {
        stopped = true;
        throw error;
      }
    }
  }
  const lanes = Array.from({ length: Math.min(width, items.length) }, lane);
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
}
