/** One YAML 1.2 document to nodes that know their place. */
import type { YAMLError } from 'yaml'
import { boundedDocument, MAX_TOKENS } from './bounded.ts'
import { convert, MAX_DEPTH } from './convert.ts'
import { addressAsKey, endsInColon, type YamlNode } from './node.ts'
import { errorAt, type Problem } from './problem.ts'
import { lineAt, type Place, placeAt, type SourceText } from './text.ts'

export type ParsedYaml = {
  /** Undefined where the text is empty or no YAML. */
  readonly root: YamlNode | undefined
  readonly problems: readonly Problem[]
}

/** An error of syntax makes others further down; the first few are the ones to mend. */
const MAX_SYNTAX_PROBLEMS = 3

/** Reads a file. Never throws; time and memory grow with the text and not faster, up to a bound. */
export function parseYaml(source: SourceText): ParsedYaml {
  const document = boundedDocument(source.text, {
    version: '1.2',
    stringKeys: true,
    // The library would compare each key with all before it, and name one place; `convert` does better on both counts.
    uniqueKeys: false,
    prettyErrors: false,
    // Warnings are not printed; a second document stays an error, which `silent` would drop.
    logLevel: 'error',
  })
  if (document === undefined) return { root: undefined, problems: [tooLarge(source)] }
  const directive = /^%.*/m.exec(source.text.slice(0, document.contents?.range[0] ?? 0))
  if (directive) return { root: undefined, problems: [directiveProblem(source, directive.index)] }
  if (document.errors.length > 0)
    return { root: undefined, problems: syntaxProblems(source, document.errors) }
  if (document.contents === null) return { root: undefined, problems: [] }
  const problems: Problem[] = []
  const root = convert(document.contents, source, problems)
  return { root, problems }
}

const tooLarge = (source: SourceText): Problem =>
  errorAt(
    'P0001',
    placeAt(source, { from: 0, to: 1 }),
    `the file consists of more than ${MAX_TOKENS} names, values and marks, the most that is read`,
    { help: 'split it: all files below the folder are read as one policy' },
  )

/** `%YAML 1.1` would make `no` a boolean and `010` an eight. */
function directiveProblem(source: SourceText, from: number): Problem {
  return {
    code: 'P0004',
    severity: 'error',
    message: 'a directive `%` changes what the lines below it mean',
    place: placeAt(source, { from, to: source.text.length }),
    help: 'delete the line: policies are YAML 1.2',
  }
}

/** The first error of a line makes the others, as a rule. */
function syntaxProblems(source: SourceText, errors: readonly YAMLError[]): Problem[] {
  const deepest = errors.find((error) => error.code === 'RESOURCE_EXHAUSTION')
  if (deepest) {
    const place = placeAt(source, spanOf(deepest))
    return [errorAt('P0006', place, `nested too deeply: ${MAX_DEPTH} levels are the most that is read`)]
  }
  const firsts = new Map<number, Problem>()
  for (const error of errors) {
    if (firsts.size === MAX_SYNTAX_PROBLEMS) break
    const line = lineAt(source, error.pos[0])
    if (!firsts.has(line)) firsts.set(line, syntaxProblem(source.text, error, placeAt(source, spanOf(error))))
  }
  return [...firsts.values()]
}

const spanOf = ({ pos: [from, to] }: YAMLError) => ({ from, to })

function syntaxProblem(text: string, error: YAMLError, place: Place): Problem {
  const [offset] = error.pos
  if (error.code === 'MULTIPLE_DOCS') {
    return errorAt('P0004', place, 'a file holds one document, and `---` starts another', {
      help: 'make it a file of its own',
    })
  }
  const address = addressAround(text, offset)
  if (address !== undefined) {
    const { message, help } = addressAsKey(address)
    return errorAt('P0003', place, message, { help })
  }
  const help = syntaxHelp(text, offset)
  return errorAt(
    'P0003',
    place,
    `not readable as YAML: ${sentence(error.message)}`,
    help === undefined ? {} : { help },
  )
}

/** The mistakes that people make who write their first policy. */
function syntaxHelp(text: string, offset: number): string | undefined {
  if (text.slice(offset - 1, offset + 1) === '/{')
    return 'put a path with `{` in quotes, or write one path a line'
  const [, empty] = EMPTY_ABOVE.exec(text.slice(Math.max(0, offset - 200), offset)) ?? []
  return empty && `delete the \`${empty}\` in the line above: what is indented below it is its content`
}

/** `clients: {}` and what may stand after it up to the next line. */
const EMPTY_ABOVE = /: (\{\}|\[\]) *(?:#.*)?\n[ ]*$/

/** In `network: 2001:db8::` the address is a map in the place of a value, which is an error of syntax. */
function addressAround(text: string, offset: number): string | undefined {
  const before = /[0-9a-f:]*$/i.exec(text.slice(Math.max(0, offset - 50), offset))?.[0] ?? ''
  const after = /^[0-9a-f:]*/i.exec(text.slice(offset, offset + 50))?.[0] ?? ''
  return [after, before + after].find((word) => word.includes('::') && endsInColon(word))
}

/** Longer than a sign of YAML. */
const QUOTED = /"(?:[^"\\]|\\.){4,}"/g

/** The library's messages start with a capital, and some go on over several lines. A text that they quote may be a secret. */
function sentence(message: string): string {
  const [line = ''] = message.replaceAll(QUOTED, 'some text').split('\n')
  return line.charAt(0).toLowerCase() + line.slice(1).replace(/[.:]$/, '')
}
