/** The request's body: streamed on as it comes, or read once when the decision needs a form parameter of it. */
import { fail, ok, type Result } from '../base/result.ts'

/** A form longer than this is not read: credentials are short, and what is read is held in memory. */
export const MAX_FORM_BYTES = 64 * 1024

type Form = Result<string | undefined, 'too_large' | 'malformed'>

export type RequestBody = {
  /** The form as text, or undefined when the body is no form. Reads the body at most once. */
  readonly form: () => Form | Promise<Form>
  /** What goes to the upstream, byte for byte what came. To be called once, after the decision. */
  readonly forward: () => ReadableStream | Uint8Array<ArrayBuffer> | null
}

export function requestBody(request: Request): RequestBody {
  let read: Promise<Uint8Array<ArrayBuffer> | undefined> | undefined
  let bytes: Uint8Array<ArrayBuffer> | undefined
  return {
    form: () => {
      if (request.body === null || !isForm(request.headers.get('content-type'))) return ok(undefined)
      read ??= readUpTo(request.body, MAX_FORM_BYTES)
      return read.then((all) => {
        bytes = all
        return all === undefined ? fail('too_large') : decoded(all)
      })
    },
    forward: () => bytes ?? request.body,
  }
}

/** The media type alone decides; its parameters and case do not (RFC 9110 section 8.3.1). */
const isForm = (contentType: string | null): boolean =>
  contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded'

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

function decoded(bytes: Uint8Array): Form {
  try {
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return fail('malformed')
  }
}
