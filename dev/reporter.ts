/** Where long work tells a person what it is doing. Everything goes to stderr; stdout is for results. */
export interface Reporter {
  /** One finished fact, e.g. `etcd 3.6.8 compiled in 19 s`. */
  info(message: string): void;
  /** Something a person should know and may want to change; the work goes on. */
  warn(message: string): void;
  /**
   * Runs `work` as one named step: says that it starts, keeps saying that it is alive (elapsed
   * time, and the latest note that `work` gives), and says how long it took or that it failed.
   */
  step<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
}
