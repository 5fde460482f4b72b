/** The request's body: streamed on as it comes, or read once when the decision needs a parameter of it. */
import { fail, ok, type Result } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { BodyKind, BodyReading, BodyText, Facts } from '../decision/facts.ts'
import { withParameter } from '../parameters/read.ts'
import { contentType } from './content-type.ts'

export type RequestBody = {
  readonly read: Facts['body']
  /**
   * What goes to the upstream, byte for byte what came but for the one parameter that the decision sets. To be
   * called once, after the decision.
   */
  readonly forward: (set?: SetParameter) => ReadableStream | Uint8Array<ArrayBuffer> | null
}

/** Only for a body that was read. */
export type SetParameter = { readonly name: string; readonly value: string }

/** Who takes longer for the little that is read here has stopped, and holds a connection for nothing. */
const PATIENCE: Millis = 10_000

/** Runs `then` in the current request after a while. @returns what stops it */
export type After = (ms: Millis, then: () => void) => () => void

/** @param after - bounds the time that a body which is read may take; without it there is no bound */
export function requestBody(request: Request, after: After = unbounded): RequestBody {
  let reading: Promise<Whole> | undefined
  let bytes: Uint8Array<ArrayBuffer> | undefined
  let text: BodyText | undefined
  return {
    read: (kinds, limit) => {
      if (request.body === null || request.headers.get('content-length') === '0') return ok(undefined)
      const type = contentType(request.headers)
      if (type === 'ambiguous') return fail('malformed')
      if (type === undefined || !kinds.includes(type.kind)) return fail('other_kind')
      if (!type.isPlain) return fail('malformed')
      reading ??= readUpTo(request.body, limit, after)
      return reading.then((all) => {
        if (!all.ok) return all
        bytes = all.value
        if (bytes.byteLength > limit) return fail('too_large')
        const outcome = decoded(bytes, type.kind, type.boundary)
        text = outcome.ok ? outcome.value : undefined
        return outcome
      })
    },
    forward: (set) => {
      if (set === undefined || text === undefined) return bytes ?? request.body
      return Uint8Array.from(new TextEncoder().encode(withParameter(text, set.name, set.value)))
    },
  }
}

const unbounded: After = () => () => {}

type Whole = Result<Uint8Array<ArrayBuffer>, 'too_large' | 'malformed'>

/** A caller that hangs up, stops, or breaks the chunked coding has sent no body that could be judged. */
async function readUpTo(stream: ReadableStream<Uint8Array>, limit: number, after: After): Promise<Whole> {
  const reader = stream.getReader()
  const late = Promise.withResolvers<'late'>()
  const stop = after(PATIENCE, () => late.resolve('late'))
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for (;;) {
      const read = await Promise.race([reader.read(), late.promise])
      if (read === 'late') return fail('malformed')
      if (read.done) return ok(joined(chunks, length))
      length += read.value.byteLength
      if (length > limit) return fail('too_large')
      chunks.push(read.value)
    }
  } catch {
    return fail('malformed')
  } finally {
    stop()
    // Nobody waits for what is still to come: it may never come.
    void reader.cancel().catch(() => undefined)
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.byteLength
  }
  return all
}

function decoded(bytes: Uint8Array, kind: BodyKind, boundary: string): BodyReading {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return ok(text === '' ? undefined : { kind, text, boundary })
  } catch {
    return fail('malformed')
  }
}
