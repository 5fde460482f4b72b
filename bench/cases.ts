/** What is loaded, and which answers are right. */
import type { Loaded, Shot } from './load.ts'
import { basicShot } from './policy.ts'

/** `bare` only forwards, `refuse` refuses without looking, `peer` is the stack of Hono's own middleware. */
export type Side = 'bare' | 'gateway' | 'peer' | 'refuse'

/** @returns what is wrong with the answers, or undefined when they are right */
export type Check = (loaded: Loaded) => string | undefined

export type Case = {
  readonly name: string
  readonly shots: readonly Shot[]
  /** Who is loaded, and what each must answer. `bare` is always among them. */
  readonly sides: Readonly<{ bare: Check } & Partial<Record<Side, Check>>>
}

/** Every answer has this status. */
const always =
  (status: number): Check =>
  ({ requests, statuses }) =>
    requests > 0 && statuses.get(status) === requests
      ? undefined
      : `${status} was expected: ${[...statuses].map(([got, count]) => `${count} of ${got}`).join(', ') || 'no answer'}`

const allowed = { bare: always(200), gateway: always(200), peer: always(200) }

export const cases: readonly Case[] = [
  { name: 'basic_allowed', shots: [basicShot('/api/records/r-1', 7)], sides: allowed },
]
