/** The members of a JSON object (RFC 8259), each once. */
import type { Parameter } from './parameter.ts'

/** @returns undefined for anything but one object; of a name that stands twice both are returned */
export function jsonParameters(text: string): readonly Parameter[] | undefined {
  try {
    const whole: unknown = JSON.parse(text)
    return typeof whole === 'object' && whole !== null && !Array.isArray(whole) ? members(text) : undefined
  } catch {
    return undefined
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g

/**
 * Finds the members of the outermost object. `JSON.parse` keeps the last of two equal names and other programs the
 * first, so the text itself is looked at.
 *
 * @param text - valid JSON, an object
 */
function members(text: string): Parameter[] {
  const found: Parameter[] = []
  let depth = 0
  let key: string | undefined
  let from: number | undefined
  const close = (end: number) => {
    if (key !== undefined && from !== undefined) found.push(member(text, key, from, end))
    key = undefined
    from = undefined
  }
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') {
      depth--
      if (depth === 0) close(index)
    } else if (depth !== 1) continue
    else if (token === ',') close(index)
    else if (token === ':') from = index + 1
    else if (from === undefined) key = String(JSON.parse(token))
  }
  return found
}

function member(text: string, name: string, from: number, to: number): Parameter {
  const value: unknown = JSON.parse(text.slice(from, to))
  return { name, value: typeof value === 'string' ? value : undefined, from, to }
}
