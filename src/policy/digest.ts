/** The name of a compiled policy: what is in it, and nothing of how it was written. */
import type { CompiledPolicy } from './model.ts'

/** `sha256:` and the digest of the policy as canonical JSON, without the digest itself. */
export async function digestOf(policy: Omit<CompiledPolicy, 'digest'>): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalJson(policy))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** JSON without blanks, keys sorted by code units, `undefined` left out: equal values are equal text (RFC 8785). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}
