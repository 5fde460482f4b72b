/**
 * Values of a policy file that stand where a secret may have been pasted: `secrets:`, `hash:`, `client_secret:` and the
 * like. Read line by line and not from the YAML tree, since a file that is no YAML, or says a thing twice, is shown too.
 */
import { lineText, type SourceText, type Span } from './text.ts'

/** Where the value of a line above goes on. `list`: that of `secrets:`, whose entries have fields that are none. */
type Below = { readonly column: number; readonly kind: 'list' | 'value' }

/** @returns where the secrets are, in the order of the file */
export function secretLines(source: SourceText): readonly Span[] {
  const spans: Span[] = []
  let below: Below | undefined
  for (const [index, start] of source.lineStarts.entries()) {
    const line = lineText(source, index + 1) ?? ''
    if (line.trim() === '') continue
    if (below !== undefined && !goesOn(line, below)) below = undefined
    if (below?.kind === 'value' && isOwnField(line)) below = undefined
    const found = below === undefined ? inLine(line) : { spans: inside(line, below), below }
    // Not spread: a line may have more of them than a call takes arguments.
    for (const { from, to } of found.spans) spans.push({ from: start + from, to: start + to })
    below = found.below
  }
  return spans
}

/** A value is indented more than its key, and a list may stand right under it. */
function goesOn(line: string, { column, kind }: Below): boolean {
  const indent = line.length - line.trimStart().length
  return indent > column || (kind === 'list' && indent === column && /^\s*[-\]}]/.test(line))
}

type Found = { readonly spans: readonly Span[]; readonly below: Below | undefined }

/** The first group is the name. A blank, the end or a quote follows the colon, else it is part of a text. */
const KEY =
  /(?<![\w-])["']?(secrets|hash|[\w-]{0,40}(?:secret|password|passwd|passphrase|private_?key|api_?key)[\w-]{0,40})["']?\s*:(?=[\s"'[{]|$)/dgi

function inLine(line: string): Found {
  const spans: Span[] = []
  let below: Below | undefined
  const flowFrom = line.search(/[{[]/)
  let done = 0
  for (const match of line.matchAll(KEY)) {
    const from = match.index + match[0].length
    const isMap = /^\s*\{/.test(line.slice(from))
    const kind = /^secrets$/i.test(match[1] ?? '') ? 'list' : 'value'
    // Something that has a word such as these for its name, and fields of its own. Nothing is looked at twice.
    if (match.index < done || (isMap && kind === 'value')) continue
    const isInFlow = flowFrom >= 0 && flowFrom < match.index
    done = isInFlow ? flowEnd(line, from) : blockEnd(line, from)
    const found = kind === 'list' ? entries(line, from, done) : trimmed(line, from, done)
    for (const span of found) spans.push(span)
    if (!isInFlow) below ??= { column: match.indices?.[1]?.[0] ?? match.index, kind }
  }
  return { spans, below }
}

/** Values that are fields of their own belong to something that has such a word for its name: a client `no-secret`. */
const isOwnField = (line: string): boolean => /^\s*["']?[\w.-]{1,64}["']?\s*:(?=\s|$)/.test(line)

/** A line of a value that began above. */
function inside(line: string, { kind }: Below): readonly Span[] {
  const [dashes = ''] = /^\s*(?:-\s+)*/.exec(line) ?? []
  return kind === 'list'
    ? entries(line, dashes.length, blockEnd(line, dashes.length))
    : trimmed(line, 0, line.length)
}

/** Up to the end of the line, or to a comment. */
const blockEnd = (line: string, from: number): number =>
  from + (/^.*?(?=\s#|$)/.exec(line.slice(from))?.[0].length ?? 0)

/** A text in quotes, a list or a map with all that is in it, or what is before the next comma or bracket. */
function flowEnd(line: string, from: number): number {
  const TOKEN = /"(?:[^"\\]|\\.)*"?|'[^']*'?|[[\]{},]|[^[\]{},"']+/y
  TOKEN.lastIndex = from
  let depth = 0
  for (let token = TOKEN.exec(line); token !== null; token = TOKEN.exec(line)) {
    const [text] = token
    if (text === '[' || text === '{') depth++
    else if (text === ']' || text === '}') depth--
    if (depth < 0 || (depth === 0 && text === ',')) return token.index
  }
  return line.length
}

/** Fields of an entry that are not the secret. */
const PLAIN_FIELD = /^\s*["']?(?:generated_bits|expires|note)["']?\s*:/
const FIELD = /^\s*["']?[a-z_]{1,20}["']?\s*:(?=\s|$)/

/** Each piece between the signs of a list or map on one line; without such signs the line is one piece. */
function entries(line: string, from: number, to: number): readonly Span[] {
  const text = line.slice(from, to)
  if (/^\s*#/.test(text)) return []
  const parts = /[{[\]}]/.test(text) ? text.split(/(?<=[,{[\]}])/) : [text]
  let at = from
  return parts.flatMap((part) => {
    const start = at
    at += part.length
    if (PLAIN_FIELD.test(part)) return []
    const [field = ''] = FIELD.exec(part) ?? []
    return trimmed(line, start + field.length, start + part.replace(/[,{[\]}]$/, '').length)
  })
}

/** What says where a secret is, and is none: the words of the format, a variable's name, a hash; and signs of YAML. */
const NO_SECRET = /^(?:none|upstream|\$\{[A-Z][A-Z0-9_]*\}|sha256:[0-9a-f]{64}|[[\]{}|>,+-]*)$/

function trimmed(line: string, from: number, to: number): readonly Span[] {
  const text = line.slice(from, to)
  const start = from + text.length - text.trimStart().length
  const end = start + text.trim().length
  const bare = text.trim().replace(/^(["'])(.*)\1$/, '$2')
  return NO_SECRET.test(bare) ? [] : [{ from: start, to: end }]
}
