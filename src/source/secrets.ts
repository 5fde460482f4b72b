/**
 * Takes out of a text what may be a secret, before a person or a job's log sees it. Policies hold no secrets; this is for
 * the one that was pasted where its hash belongs, or into a request (threat: a secret in the output of a tool).
 */
import { secretLines } from './secret-lines.ts'
import type { SourceText, Span } from './text.ts'

/** What stands in the place of a secret in a sentence. */
const MASK = '***'

/**
 * The text without what is a secret wherever it stands: credentials in addresses and requests, tokens, keys.
 *
 * @returns the same text where there is none
 */
export function masked(text: string): string {
  let shown = ''
  let at = 0
  for (const { from, to } of joined(tellingSpans(text))) {
    shown += text.slice(at, from) + MASK
    at = to
  }
  return shown + text.slice(at)
}

const known = new WeakMap<SourceText, SourceText>()

/** A policy file to be shown: secrets are stars, as many as they had characters, so that places stay what they are. */
export function maskedSource(source: SourceText): SourceText {
  const before = known.get(source)
  if (before !== undefined) return before
  const spans = joined([...tellingSpans(source.text), ...secretLines(source)])
  const shown = spans.length === 0 ? source : { ...source, text: starred(source.text, spans) }
  known.set(source, shown)
  return shown
}

function starred(text: string, spans: readonly Span[]): string {
  let shown = ''
  let at = 0
  for (const { from, to } of spans) {
    shown += text.slice(at, from) + text.slice(from, to).replace(/[^\r\n]/g, '*')
    at = to
  }
  return shown + text.slice(at)
}

/**
 * What tells by its form, or by the name before it, that it is one. The first group is the secret. Names are bounded and
 * begin where a word begins, so that a long line takes no longer than its length.
 */
const TELLING: readonly RegExp[] = [
  // User information of an address (RFC 3986 section 3.2.1).
  /:\/\/([^\s/@"'`?#]+)@/dg,
  // Parameters that carry credentials (RFC 6749, RFC 6750 section 2.3, RFC 7521, OpenID Connect Core).
  /[?&#](?:access_token|id_token|refresh_token|token|client_secret|client_assertion|assertion|code|password|api_?key|signature|id_token_hint)=([^&\s"'`<>()\\|]+)/dgi,
  // Parameters and options by their name. Three dots are an example.
  /(?<![\w-])[\w-]{0,40}(?:secret|password|passphrase|api[_-]?key)[\w-]{0,40}=(?!\.\.\.)([^\s"'`,;|&\\]+)/dgi,
  /(?<![\w-])--[\w-]{0,40}token[\w-]{0,40}=([^\s"'`,;|&\\]+)/dgi,
  // The compact form of a signed token (RFC 7515 section 7.1): base64url of `{"`.
  /(?<![\w-])(eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)/dg,
  // Credentials of a header (RFC 9110 section 11.4); words have no digit and no sign of equality.
  /\b(?:basic|bearer|oauth|signature)\s+((?=[^\s,]*[0-9=])[A-Za-z0-9+/=._~-]{8,})/dgi,
  // Private members of a key (RFC 7518 section 6).
  /["']?\b(?:d|p|q|dp|dq|qi|k)["']?\s*:\s*["']?([A-Za-z0-9_-]{16,})/dg,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----([\s\S]*?)(?:-----END|$)/dg,
]

const tellingSpans = (text: string): readonly Span[] =>
  TELLING.flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap(({ indices }) => {
      const [from = 0, to = 0] = indices?.[1] ?? []
      return from < to ? [{ from, to }] : []
    }),
  )

/** In order, and none of them inside of another. */
function joined(spans: readonly Span[]): readonly Span[] {
  const sorted = spans.toSorted((a, b) => a.from - b.from)
  const apart: Span[] = []
  for (const span of sorted) {
    const last = apart.at(-1)
    if (last === undefined || span.from > last.to) apart.push(span)
    else apart[apart.length - 1] = { from: last.from, to: Math.max(last.to, span.to) }
  }
  return apart
}
