/**
 * The one canonical path of a request. It is made once from the raw request target; what is matched, logged and
 * sent to the upstream is this text and no other (threats P1 to P14).
 *
 * Whatever two programs could read in two ways is refused and not repaired. Repaired is only what RFC 3986
 * section 6.2.2 calls equivalent everywhere: escapes of unreserved characters, and the case of the rest.
 */
import { fail, ok, type Result } from '../base/result.ts'
import type { CanonicalPath } from '../decision/facts.ts'

export type PathProblem =
  | 'no_leading_slash'
  | 'too_long'
  /** `//`, which some programs read as the start of a host name (threats P4, P5). */
  | 'empty_segment'
  /** `.` or `..`, plain or encoded (threats P1, P2). */
  | 'dot_segment'
  /** Not a character of RFC 3986's pchar, or `;` (threats P3, P7). */
  | 'bad_character'
  /** An escape of a slash, backslash, control character or another that must not hide (threats P3, P7). */
  | 'hidden_character'
  /** `%` without two hex digits (threat P12). */
  | 'bad_escape'
  /** `%25` before two hex digits: another escape for a program that decodes twice (threat P6). */
  | 'double_encoding'
  | 'not_utf8'

/** The longest path that is looked at. The platform takes 16 KiB for the whole URL. */
const MAX_CHARACTERS = 8192

/** RFC 3986 section 2.3. */
const UNRESERVED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'

/** What else may stand in a segment (RFC 3986 section 3.3), without `;`: it starts parameters (threat P7). */
const DELIMITERS = "!$&'()*+,=:@"

/** Escapes of these are refused. A percent sign may be escaped; `double_encoding` watches what follows it. */
const HIDDEN = '/\\?#;\u007f'

const unreserved = new Set(UNRESERVED)
const allowed = new Set(`${UNRESERVED}${DELIMITERS}/%`)
const hidden = new Set(HIDDEN)

const SEGMENT_CHARACTER = `[${(UNRESERVED + DELIMITERS).replaceAll('-', '\\-')}]`

/** Canonical paths with nothing encoded, which most are: found by one look, at what the careful way below would find. */
const PLAIN = new RegExp(`^(?:/(?!\\.{1,2}(?:/|$))${SEGMENT_CHARACTER}+)+/?$`)
const HEX_OCTET = /^[0-9A-Fa-f]{2}/

/**
 * Makes the canonical path, or says why there is none. Idempotent: a canonical path is its own.
 *
 * A trailing slash is kept: such a path is another one, and matches no pattern that does not end in a slash
 * itself (threat P9). Upper and lower case stay different.
 *
 * @param raw - path of the request target as it was sent, without the query
 */
export function canonicalPath(raw: string): Result<CanonicalPath, PathProblem> {
  if (!raw.startsWith('/')) return fail('no_leading_slash')
  if (raw.length > MAX_CHARACTERS) return fail('too_long')
  if (PLAIN.test(raw)) return ok(raw as CanonicalPath)
  const path = raw.includes('%') ? decodeUnreserved(raw) : ok(raw)
  if (!path.ok) return path
  const problem = characterProblem(path.value) ?? segmentProblem(path.value)
  return problem === undefined ? ok(path.value as CanonicalPath) : fail(problem)
}

/** One pass and never a second: what is still encoded afterwards stays so, all the way to the upstream. */
function decodeUnreserved(raw: string): Result<string, PathProblem> {
  const [start = '', ...pieces] = raw.split('%')
  let path = start
  let beyondAscii = false
  for (const piece of pieces) {
    if (!HEX_OCTET.test(piece)) return fail('bad_escape')
    const octet = Number.parseInt(piece.slice(0, 2), 16)
    const character = String.fromCharCode(octet)
    if (octet < 0x20 || hidden.has(character)) return fail('hidden_character')
    beyondAscii ||= octet >= 0x80
    path += unreserved.has(character) ? character : `%${piece.slice(0, 2).toUpperCase()}`
    path += piece.slice(2)
  }
  if (hasEncodedEscape(path)) return fail('double_encoding')
  const problem = beyondAscii ? utf8Problem(path) : undefined
  return problem === undefined ? ok(path) : fail(problem)
}

/** Looked for in the decoded text: `%25%32f` becomes `%252f` only there. */
function hasEncodedEscape(path: string): boolean {
  for (let at = path.indexOf('%25'); at >= 0; at = path.indexOf('%25', at + 1)) {
    if (HEX_OCTET.test(path.slice(at + 3, at + 5))) return true
  }
  return false
}

/** Overlong forms such as `%C0%AF` are not UTF-8 (RFC 3629 section 3). C1 control characters start with `%C2`. */
function utf8Problem(path: string): PathProblem | undefined {
  if (path.includes('%C2%8') || path.includes('%C2%9')) return 'hidden_character'
  try {
    decodeURIComponent(path)
    return undefined
  } catch {
    return 'not_utf8'
  }
}

function characterProblem(path: string): PathProblem | undefined {
  for (const character of path) {
    if (!allowed.has(character)) return 'bad_character'
  }
  return undefined
}

function segmentProblem(path: string): PathProblem | undefined {
  for (let start = 1; start < path.length; ) {
    const slash = path.indexOf('/', start)
    const end = slash < 0 ? path.length : slash
    if (end === start) return 'empty_segment'
    if (path[start] === '.' && (end === start + 1 || (end === start + 2 && path[start + 1] === '.'))) {
      return 'dot_segment'
    }
    start = end + 1
  }
  return undefined
}

const delimiterOf = new Map(
  Array.from(DELIMITERS, (character) => [
    character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0'),
    character,
  ]),
)

/**
 * The text by which a segment is looked up among literal ones. `Users%3Aexport` and `Users:export` are not
 * equivalent in RFC 3986, yet most programs decode the one into the other; the literal's rule must hold for both
 * (threat P10).
 *
 * @param segment - of a canonical path
 */
export function segmentKey(segment: string): string {
  if (!segment.includes('%')) return segment
  const [start = '', ...pieces] = segment.split('%')
  return start + pieces.map((piece) => decodeDelimiter(piece)).join('')
}

function decodeDelimiter(piece: string): string {
  const delimiter = delimiterOf.get(piece.slice(0, 2))
  return delimiter === undefined ? `%${piece}` : delimiter + piece.slice(2)
}
