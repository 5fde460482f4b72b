/** The request's body: streamed on as it comes, or read once when the decision needs a parameter of it. */
import { fail, ok } from '../base/result.ts'
import type { BodyKind, BodyReading, Facts } from '../decision/facts.ts'
import { contentType } from './content-type.ts'

export type RequestBody = {
  readonly read: Facts['body']
  /** What goes to the upstream, byte for byte what came. To be called once, after the decision. */
  readonly forward: () => ReadableStream | Uint8Array<ArrayBuffer> | null
}

export function requestBody(request: Request): RequestBody {
  let reading: Promise<Uint8Array<ArrayBuffer> | undefined> | undefined
  let bytes: Uint8Array<ArrayBuffer> | undefined
  return {
    read: (kinds, limit) => {
      if (request.body === null) return ok(undefined)
      const type = contentType(request.headers)
      if (type === 'ambiguous') return fail('malformed')
      if (type === undefined || !kinds.includes(type.kind)) return fail('other_kind')
      if (!type.isPlain) return fail('malformed')
      reading ??= readUpTo(request.body, limit)
      return reading.then((all) => {
        bytes = all
        return all === undefined || all.byteLength > limit
          ? fail('too_large')
          : decoded(all, type.kind, type.boundary)
      })
    },
    forward: () => bytes ?? request.body,
  }
}

async function readUpTo(stream: ReadableStream, limit: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream as ReadableStream<Uint8Array>) {
    length += chunk.byteLength
    if (length > limit) return undefined
    chunks.push(chunk)
  }
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
