/** `application/x-www-form-urlencoded` (URL standard, section 5), without its leniency. */
import type { Parameter } from './parameter.ts'

/**
 * @returns undefined for text that two programs may read in two ways: a percent sign without two digits, bytes that
 *   are not UTF-8, a bare `;`, which some take for `&`
 */
export function formParameters(text: string): readonly Parameter[] | undefined {
  if (text.includes(';')) return undefined
  const parameters: Parameter[] = []
  let from = 0
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=')
    const name = decodedForm(equals < 0 ? pair : pair.slice(0, equals))
    const value = decodedForm(equals < 0 ? '' : pair.slice(equals + 1))
    if (name === undefined || value === undefined) return undefined
    const end = from + pair.length
    if (pair !== '') parameters.push({ name, value, from: equals < 0 ? end : from + equals + 1, to: end })
    from = end + 1
  }
  return parameters
}

/** One name or value of a form as text; undefined where the percent signs do not spell UTF-8. */
export function decodedForm(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** A value as a form writes it. */
export const encodedForm = (value: string): string => new URLSearchParams([['', value]]).toString().slice(1)
