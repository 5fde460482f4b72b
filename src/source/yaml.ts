/** One YAML 1.2 document to nodes that know their place. */
import { parseDocument, type YAMLError } from 'yaml'
import { convert, MAX_DEPTH } from './convert.ts'
import { addressAsKey, endsInColon, type YamlNode } from './node.ts'
import type { Problem } from './problem.ts'
import { placeAt, type SourceText } from './text.ts'

export type ParsedYaml = {
  /** Undefined where the text is empty or no YAML. */
  readonly root: YamlNode | undefined
  readonly problems: readonly Problem[]
}

/** An error of syntax makes others further down; the first few are the ones to mend. */
const MAX_SYNTAX_PROBLEMS = 3

/** Reads a file. Never throws; the time it takes grows with the text and not faster. */
export function parseYaml(source: SourceText): ParsedYaml {
  const document = parseDocument(source.text, {
    version: '1.2',
    stringKeys: true,
    // The library would compare each key with all before it, and name one place; `convert` does better on both counts.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const directive = /^%.*/m.exec(source.text.slice(0, document.contents?.range[0] ?? 0))
  if (directive) return { root: undefined, problems: [directiveProblem(source, directive.index)] }
  if (document.errors.length > 0)
    return { root: undefined, problems: syntaxProblems(source, document.errors) }
  if (document.contents === null) return { root: undefined, problems: [] }
  const problems: Problem[] = []
  const root = convert(document.contents, source, problems)
  return { root, problems }
}

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

function syntaxProblems(source: SourceText, errors: readonly YAMLError[]): Problem[] {
  const deepest = errors.find((error) => error.code === 'RESOURCE_EXHAUSTION')
  return (deepest ? [deepest] : errors.slice(0, MAX_SYNTAX_PROBLEMS)).map((error) => ({
    code: error === deepest ? 'P0006' : 'P0003',
    severity: 'error',
    place: placeAt(source, { from: error.pos[0], to: error.pos[1] }),
    ...wording(source, error),
  }))
}

function wording(source: SourceText, error: YAMLError): { readonly message: string; readonly help?: string } {
  if (error.code === 'RESOURCE_EXHAUSTION') {
    return { message: `nested too deeply: ${MAX_DEPTH} levels are the most that is read` }
  }
  const address = addressAround(source.text, error.pos[0])
  return address === undefined
    ? { message: `not readable as YAML: ${sentence(error.message)}` }
    : addressAsKey(address)
}

/** In `network: 2001:db8::` the address is a map in the place of a value, which is an error of syntax. */
function addressAround(text: string, offset: number): string | undefined {
  const before = /[0-9a-f:]*$/i.exec(text.slice(Math.max(0, offset - 50), offset))?.[0] ?? ''
  const after = /^[0-9a-f:]*/i.exec(text.slice(offset, offset + 50))?.[0] ?? ''
  return [after, before + after].find((word) => word.includes('::') && endsInColon(word))
}

/** The library's messages start with a capital, and some go on over several lines. */
function sentence(message: string): string {
  const [line = ''] = message.split('\n')
  return line.charAt(0).toLowerCase() + line.slice(1).replace(/[.:]$/, '')
}
