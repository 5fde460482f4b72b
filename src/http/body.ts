/** The request's body: streamed on as it comes, or read once when the decision needs a parameter of it. */
import { fail, ok, type Result } from '../base/result.ts'
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

export function requestBody(request: Request): RequestBody {
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
      reading ??= readUpTo(request.body, limit)
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

type Whole = Result<Uint8Array<ArrayBuffer>, 'too_large' | 'malformed'>

/** A caller that hangs up, or breaks the chunked coding, has sent no body that could be judged. */
async function readUpTo(stream: ReadableStream<Uint8Array>, limit: number): Promise<Whole> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of stream) {
      length += chunk.byteLength
      if (length > limit) return fail('too_large')
      chunks.push(chunk)
    }
  } catch {
    return fail('malformed')
  }
  return ok(joined(chunks, length))
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
