/** What the gateway prints while it is soaked, sorted by what it says. */
import type { ChildProcess } from 'node:child_process'
import type { RefusalLedger } from './audit.ts'

type Line = Readonly<Record<string, unknown>>

/** Odd lines that are kept to be shown. */
const SHOWN = 5

export class DecisionLines {
  /** Answers that a rate group's limiter did not give. */
  degraded = 0
  /** Lines that are no decision: exceptions above all. */
  readonly odd: string[] = []
  readonly #ledger: RefusalLedger

  constructor(process: ChildProcess, ledger: RefusalLedger) {
    this.#ledger = ledger
    for (const stream of [process.stdout, process.stderr]) {
      let rest = ''
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) this.#read(line)
      })
    }
  }

  #read(line: string): void {
    const said = parsed(line)
    const id = String(said?.['request_id'])
    if (said?.['decision'] === 'denied') this.#ledger.denied(id)
    // None are sampled, so an allowed request is told of only when it could not be forwarded.
    else if (said?.['decision'] === 'allowed') this.#ledger.failed(id)
    else if (said?.['limiter'] === 'degraded') this.degraded++
    else if (line !== '' && this.odd.length < SHOWN) this.odd.push(line)
  }
}

function parsed(line: string): Line | undefined {
  try {
    const value: Line | null = JSON.parse(line)
    return value ?? undefined
  } catch {
    return undefined
  }
}
