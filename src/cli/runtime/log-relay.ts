/**
 * Passes a log on to whoever reads it, and waits for nobody: workerd writes its log where it decides, so a reader
 * that stops reading would stop the gateway.
 */
import type { Readable, Writable } from 'node:stream'

/** What may wait for a slow reader: some thirty thousand lines of the decision log. */
export const MOST_WAITING_BYTES = 8 * 2 ** 20

/** A line that is longer than any of ours is passed on as far as it has come. */
const LONGEST_LINE_BYTES = 2 ** 20

const NEWLINE = 0x0a

/**
 * Relays whole lines. While more than `most` waits for the reader, lines are counted and not kept; before the next
 * one that is kept, a line says how many are missing: `{"log":"incomplete","lost_lines":12}`.
 *
 * @returns resolves when `from` has ended and all that is kept was written or waits to be
 */
export async function relayLines(from: Readable, to: Writable, most = MOST_WAITING_BYTES): Promise<void> {
  let rest = Buffer.alloc(0)
  let lost = 0
  const pass = (lines: Buffer) => {
    if (lines.length === 0) return
    if (to.writableLength > most || to.destroyed) {
      lost += linesIn(lines)
      return
    }
    if (lost > 0) to.write(`${JSON.stringify({ log: 'incomplete', lost_lines: lost })}\n`)
    lost = 0
    to.write(lines)
  }
  for await (const chunk of from) {
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = all.length > LONGEST_LINE_BYTES ? all.length : all.lastIndexOf(NEWLINE) + 1
    rest = all.subarray(end)
    pass(all.subarray(0, end))
  }
  pass(rest)
}

function linesIn(lines: Buffer): number {
  let count = 0
  for (let at = lines.indexOf(NEWLINE); at >= 0; at = lines.indexOf(NEWLINE, at + 1)) count += 1
  return count
}
