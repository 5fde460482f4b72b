/** Which kind of parameters a request's body holds, by its Content-Type (RFC 9110 section 8.3). */
import type { BodyKind } from '../decision/facts.ts'

export type ContentType = {
  readonly kind: BodyKind
  /** Neither compressed nor in another charset: the text is what the bytes say in UTF-8. */
  readonly isPlain: boolean
  /** Of a multipart body; empty for the others. */
  readonly boundary: string
}

const kinds = new Map<string, BodyKind>([
  ['application/x-www-form-urlencoded', 'form'],
  ['application/json', 'json'],
  ['multipart/form-data', 'multipart'],
])

/** `name=value` or `name="value"`; RFC 2046 section 5.1.1 for what a boundary may hold. */
const PARAMETER = /^([a-z]+)=(?:"([^"\\]*)"|([^\s"=]+))$/i
const BOUNDARY = /^[A-Za-z0-9'()+_,./:=? -]{0,69}[A-Za-z0-9'()+_,./:=?-]$/

/**
 * The type itself is compared without case; its parameters count where they change how the body is read.
 *
 * @returns undefined for a body of any other type; `ambiguous` for a header that two programs may read as two
 *   types: two lines joined with a comma, a parameter that stands twice
 */
export function contentType(headers: Headers): ContentType | 'ambiguous' | undefined {
  const sent = headers.get('content-type') ?? ''
  const [type = '', ...pieces] = sent.split(';').map((piece) => piece.trim())
  const kind = kinds.get(type.toLowerCase())
  if (kind === undefined) return sent.includes(',') ? 'ambiguous' : undefined
  const parameters = new Map<string, string>()
  for (const piece of pieces.filter((each) => each !== '')) {
    const [, name = '', quoted, plain = ''] = PARAMETER.exec(piece) ?? []
    const key = name.toLowerCase()
    if (key === '' || parameters.has(key)) return 'ambiguous'
    parameters.set(key, quoted ?? plain)
  }
  const boundary = parameters.get('boundary') ?? ''
  if (kind === 'multipart' && !BOUNDARY.test(boundary)) return 'ambiguous'
  if (kind !== 'multipart' && sent.includes(',')) return 'ambiguous'
  return { kind, isPlain: isPlain(headers, parameters.get('charset')), boundary }
}

function isPlain(headers: Headers, charset: string | undefined): boolean {
  const coding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  return coding === 'identity' && /^utf-?8$/i.test(charset ?? 'utf-8')
}
