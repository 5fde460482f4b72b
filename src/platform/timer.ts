import type { Millis } from '../base/time.ts'

/** Runs `then` in the current request after a while; timers end with their request. @returns what stops it */
export function after(ms: Millis, then: () => void): () => void {
  const timer = setTimeout(then, ms)
  return () => clearTimeout(timer)
}
