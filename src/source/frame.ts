/**
 * The line of a mistake with its neighbours and carets under it. Carets are placed by the width at which a
 * terminal draws what stands before them, since tables of ticks and names in other scripts are pasted into policies.
 */
import { maskedSource } from './secrets.ts'
import { lineText, type Place, type SourceText } from './text.ts'

/** Longer lines are cut around the place. */
const MAX_CHARACTERS = 140
/** How much of a cut line stays before the place. */
const KEPT_BEFORE = 60

/** Three lines of the file and the carets, indented by two, without an end of line. Secrets in them are stars. */
export function codeFrame(written: SourceText, place: Place): string {
  const source = maskedSource(written)
  const gutter = String(place.line + 1).length
  const from = windowStart(source, place)
  const show = (line: number, start: number): string[] => {
    const text = lineText(source, line)
    const isAfterLastLine = text === '' && line === source.lineStarts.length
    return text === undefined || isAfterLastLine
      ? []
      : [framed(String(line).padStart(gutter), cut(text, start))]
  }
  const carets = framed(' '.repeat(gutter), caretsUnder(lineText(source, place.line) ?? '', place, from))
  return [...show(place.line - 1, 0), ...show(place.line, from), carets, ...show(place.line + 1, 0)].join(
    '\n',
  )
}

const framed = (number: string, text: string): string => `  ${number} | ${printable(text)}`.trimEnd()

function windowStart(source: SourceText, { line, column }: Place): number {
  const length = lineText(source, line)?.length ?? 0
  return length <= MAX_CHARACTERS || column <= KEPT_BEFORE ? 0 : column - 1 - KEPT_BEFORE
}

function cut(text: string, from: number): string {
  const to = from + MAX_CHARACTERS
  return (from > 0 ? '…' : '') + text.slice(from, to) + (text.length > to ? '…' : '')
}

function caretsUnder(text: string, { column, length }: Place, from: number): string {
  const start = column - 1
  const marked = text.slice(start, Math.min(start + length, from + MAX_CHARACTERS))
  const before = displayWidth(text.slice(from, start)) + (from > 0 ? 1 : 0)
  return ' '.repeat(before) + '^'.repeat(Math.max(1, displayWidth(marked)))
}

/** What a terminal may be sent of a policy file: no control sequences, no reordering. A tab becomes one blank. */
export const printable = (text: string): string =>
  text.replaceAll('\t', ' ').replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\uFFFD')

/** Columns that the text takes in a terminal. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of printable(text)) width += widthOf(character)
  return width
}

/** Marks that are drawn over the character before them take no column. */
const COMBINING = /^[\p{Mn}\p{Me}]$/u
const EMOJI = /^\p{Emoji_Presentation}$/u

function widthOf(character: string): 0 | 1 | 2 {
  if (character < '\u0300') return 1
  if (COMBINING.test(character)) return 0
  const code = character.codePointAt(0) ?? 0
  if (isIn(code, JAMO_TAILS)) return 0
  if (isIn(code, REGIONAL_INDICATORS)) return 1
  const isWide = wide.some((block) => isIn(code, block))
  return isWide || EMOJI.test(character) ? 2 : 1
}

type Block = readonly [first: number, last: number]

const isIn = (code: number, [first, last]: Block): boolean => code >= first && code <= last

/** Vowels and final consonants of decomposed Hangul: drawn into the syllable that the one before them began. */
const JAMO_TAILS: Block = [0x1160, 0x11ff]

/** Two of them are one flag. */
const REGIONAL_INDICATORS: Block = [0x1f1e6, 0x1f1ff]

/** Blocks that are wide or full width in the main (Unicode Standard Annex 11, East Asian Width). */
const wide: readonly Block[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x20000, 0x3fffd],
]
