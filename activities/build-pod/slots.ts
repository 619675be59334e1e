/** A fixed number of things that may be had at once, e.g. open log streams of a worker. */
export interface Slots {
  /** Takes one without waiting: a function that gives it back, or null when none is free. */
  tryTake(): (() => void) | null;
}

export function createSlots(count: number): Slots {
  let free = count;
  return {
    tryTake() {
      if (free === 0) return null;
      free -= 1;
      let taken = true;
      return () => {
        if (taken) free += 1;
        taken = false;
      };
    },
  };
}
