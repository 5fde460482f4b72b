/** The `decision_log:` block. */
export type DecisionLogConfig = {
  /** Share of the allowed requests that are logged, 0 to 1. Every denial is. */
  readonly allowed: number
  /** What the log says of the caller's address: all of it, its /24 or /48, or nothing. */
  readonly clientAddress: 'full' | 'prefix' | 'none'
}
