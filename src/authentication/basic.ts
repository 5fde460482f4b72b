/** HTTP Basic (RFC 7617), strictly. */
export type Credentials = { readonly clientId: string; readonly secret: string }

/** Far above any vendor's id and secret; a longer header is not looked at. */
const MAX_HEADER_CHARACTERS = 8192

/**
 * Reads an Authorization header of the scheme Basic.
 * The user-id ends at the first colon; the secret may hold more of them (RFC 7617 section 2).
 *
 * @returns the id and secret, or undefined for everything that is not exactly that: another scheme, base64 that
 *   is not canonical, bytes that are not UTF-8, an empty id or secret, control characters, two headers joined
 */
export function parseBasic(header: string): Credentials | undefined {
  if (header.length > MAX_HEADER_CHARACTERS) return undefined
  const token = schemeParameter(header, 'basic')
  const text = token === undefined ? undefined : decode(token)
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon < 1 || colon === text.length - 1 || hasControl(text)) return undefined
  return { clientId: text.slice(0, colon), secret: text.slice(colon + 1) }
}

/**
 * What stands behind the scheme of an Authorization header: one scheme name in any case, blanks, one word
 * (RFC 9110 section 11.4).
 */
export function schemeParameter(header: string, scheme: string): string | undefined {
  const blank = header.indexOf(' ')
  if (blank < 0 || header.slice(0, blank).toLowerCase() !== scheme) return undefined
  const word = header.slice(blank).trim()
  return word === '' || word.includes(' ') ? undefined : word
}

/** `atob` forgives blanks, missing padding and stray bits; encoding again shows whether it did. */
function decode(token: string): string | undefined {
  try {
    const binary = atob(token)
    if (btoa(binary) !== token) return undefined
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** RFC 7617 section 2 forbids control characters; line separators are refused for the log's sake (threat H7). */
export function hasControl(text: string): boolean {
  for (const character of text) {
    const code = character.charCodeAt(0)
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029) return true
  }
  return false
}
