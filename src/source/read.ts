/** From the bytes of a file to text that shows what it says. */
import { fail, ok, type Result } from '../base/result.ts'
import type { Problem } from './problem.ts'
import { placeAt, type SourceText, sourceText } from './text.ts'

/** Thousands of clients fit. The YAML reader takes a microsecond or so a byte, and a few for the worst of texts. */
export const MAX_FILE_BYTES = 8 * 1024 * 1024

/** More of them in one file say nothing new. */
const MAX_REPORTED = 5

/**
 * Control characters and the bidirectional controls, which make a reviewer read another policy than the machine
 * does (CVE-2021-42574). Tab and line feed are allowed, carriage return before a line feed only.
 */
const INVISIBLE = /(?![\t\n\r])\p{Cc}|[\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]|\r(?!\n)/gu

/**
 * @param path - as the command line shows the file
 * @param name - as logs name it
 * @returns the text, or every reason why it is not taken
 */
export function readText(path: string, name: string, bytes: Uint8Array): Result<SourceText, Problem[]> {
  if (bytes.length > MAX_FILE_BYTES) {
    const message = `the file has ${bytes.length} bytes, and ${MAX_FILE_BYTES} is the most that is read`
    return fail([wholeFile(path, message, 'split it: all files below the folder are read as one policy')])
  }
  const text = decode(bytes)
  if (text === undefined) return fail([wholeFile(path, 'the file is not UTF-8 text', 'save it as UTF-8')])
  const source = sourceText(path, name, text)
  const invisible = invisibleCharacters(source)
  return invisible.length > 0 ? fail(invisible) : ok(source)
}

/** A problem of the file and not of a line in it. */
function wholeFile(file: string, message: string, help: string): Problem {
  return { code: 'P0001', severity: 'error', message, place: { file, line: 1, column: 1, length: 1 }, help }
}

/** A byte order mark at the start is dropped. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    return undefined
  }
}

function invisibleCharacters(source: SourceText): Problem[] {
  const found = [...source.text.matchAll(INVISIBLE)].slice(0, MAX_REPORTED)
  return found.map((match) => ({
    code: 'P0002',
    severity: 'error',
    message: `the character ${codePoint(match[0])} cannot be seen, so a reader would not know that it is there`,
    place: placeAt(source, { from: match.index, to: match.index + 1 }),
    help: 'delete it',
  }))
}

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
