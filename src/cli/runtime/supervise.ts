/**
 * The gateway as a process that goes on: a log that nobody reads does not stop it, and a policy that does not load
 * does not take the place of one that does.
 */
import { type ExitCode, exit } from '../exit.ts'
import type { Io } from '../io.ts'
import { relayLines } from './log-relay.ts'
import { type ServeOptions, startWorkerd } from './workerd.ts'
import type { Running } from './workerd-process.ts'

export type Served = Omit<ServeOptions, 'output'>

/** After the end a log that is not taken is waited for so long. */
const FLUSH_MS = 1_000

/** What may happen to a gateway that runs. */
type Event = 'stop' | 'reload' | 'ended'

/**
 * Serves until it is told to stop. At a hangup signal the policy is read anew and the gateway started again with it;
 * where it does not load, that is said and the last good one stays in force.
 *
 * @param reopened - what to serve from now on; undefined after it was said what is wrong
 */
export async function supervise(
  io: Io,
  first: Served,
  reopened: () => Promise<Served | undefined>,
): Promise<ExitCode> {
  let served = first
  let running = await started(io, served)
  if (running === undefined) return exit.toolFailed
  // Another start gets the port that a free one was taken for.
  const { port } = running
  io.stderr(`sallyport: listening on http://${first.host}:${port}\n`)
  const told = signals(io)
  for (;;) {
    const event = await Promise.race([told.next(), running.ended.then((): Event => 'ended')])
    if (event !== 'reload') {
      await running.stop()
      // Whoever does not read the log must not keep the process.
      setTimeout(() => process.exit(), FLUSH_MS).unref()
      return event === 'stop' ? exit.ok : exit.toolFailed
    }
    const next = await reopened()
    if (next === undefined) {
      io.stderr('sallyport: the last good policy stays in force\n')
    } else if (next.policy === served.policy) {
      io.stderr('sallyport: the policy is the one in force\n')
    } else {
      await running.stop()
      running = await started(io, { ...next, port })
      if (running === undefined) return exit.toolFailed
      served = next
      io.stderr('sallyport: the new policy is in force\n')
    }
  }
}

async function started(io: Io, served: Served): Promise<Running | undefined> {
  const outcome = await startWorkerd({ ...served, output: 'pipe' })
  if (!outcome.ok) {
    io.stderr(`sallyport: ${outcome.error}\n`)
    return undefined
  }
  const { stdout, stderr } = outcome.value.process
  if (stdout) void relayLines(stdout, process.stdout)
  if (stderr) void relayLines(stderr, process.stderr)
  return outcome.value
}

/** The signals in turn. Those that come while one is obeyed are obeyed after it, several of a kind once. */
function signals(io: Io): { readonly next: () => Promise<Event> } {
  const waiting = new Set<Event>()
  let heard = Promise.withResolvers<void>()
  const hear = (event: Event) => () => {
    waiting.add(event)
    heard.resolve()
  }
  io.onInterrupt(hear('stop'))
  io.onHangup(hear('reload'))
  return {
    next: async () => {
      await heard.promise
      const event: Event = waiting.has('stop') ? 'stop' : 'reload'
      waiting.delete(event)
      if (waiting.size === 0) heard = Promise.withResolvers()
      return event
    },
  }
}
