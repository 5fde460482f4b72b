/** A document of somebody else's, YAML or JSON, as plain values: no places, no rules of ours. */
import { parseDocument, type YAMLParseError } from 'yaml'
import { fail, ok, type Result } from '../base/result.ts'

export type Plain = Readonly<Record<string, unknown>>

/** More nodes out of aliases than that are an attempt to fill the memory. */
const MAX_ALIASES = 1000

/** @returns what the text says, or why it cannot be read, as a sentence. Never throws */
export function readDocument(text: string): Result<unknown, string> {
  const document = parseDocument(text, { version: '1.2', uniqueKeys: false, logLevel: 'error' })
  const [first] = document.errors
  if (first !== undefined) return fail(errorText(first))
  try {
    return ok(document.toJS({ maxAliasCount: MAX_ALIASES }))
  } catch {
    return fail('its aliases name what is not there, or stand for too much')
  }
}

/** Where and what kind of mistake it is; the library's own words quote the text, and that may be anything. */
function errorText({ code, linePos }: YAMLParseError): string {
  const [start] = linePos ?? []
  const at = start === undefined ? '' : ` in line ${start.line}`
  return `not readable as YAML${at}: ${code.toLowerCase().replaceAll('_', ' ')}`
}

export const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
