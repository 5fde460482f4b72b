/** The steps of a decision, one below the other: verdict, step, words, and the line of the policy under them. */
import { printable } from '../../source/frame.ts'
import type { Place } from '../../source/text.ts'
import type { ToldStep } from '../../trace/narrate.ts'
import type { Colors } from './report.ts'

const verdictColors = { pass: 'green', fail: 'red', warn: 'magenta', skip: 'dim', may: 'yellow' } as const

/** As long as the longest verdict's word, and the longest step's name. */
const VERDICT_WIDTH = 'pass'.length
const STEP_WIDTH = 'credentials'.length
const INDENT = '  '

/** Where the words begin, for the lines under them. */
const WORDS_AT = INDENT.length * 2 + VERDICT_WIDTH + STEP_WIDTH + 1

export const stepsText = (steps: readonly ToldStep[], colors: Colors): string =>
  steps.map((step) => stepText(step, colors)).join('\n')

function stepText({ verdict, step, words, place }: ToldStep, colors: Colors): string {
  const shown = colors[verdictColors[verdict]](verdict.padEnd(VERDICT_WIDTH))
  const at = place === undefined ? '' : `\n${' '.repeat(WORDS_AT)}${placeLine(place)}`
  return `${INDENT}${shown}${INDENT}${step.padEnd(STEP_WIDTH)} ${printable(words)}${at}`
}

export const placeLine = ({ file, line }: Place): string => `${printable(file)}:${line}`
