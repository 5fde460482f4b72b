/** The comments of a YAML file, which are no part of what it says. */
import { Lexer } from 'yaml'
import { lineAt, type SourceText, type Span } from './text.ts'

export type Comment = {
  /** With the `#`, without the end of the line. */
  readonly text: string
  readonly span: Span
  readonly line: number
  /** Whether nothing else stands on its line. */
  readonly alone: boolean
}

/** What the lexer marks: start of a document, of a scalar, end of a flow collection, byte order mark. They have no length. */
export const YAML_MARKS: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001F', '\uFEFF'])
export const SCALAR_MARK = '\u001F'

/** @param source - text that `parseYaml` takes */
export function commentsIn(source: SourceText): readonly Comment[] {
  const comments: Comment[] = []
  let from = 0
  let previous = ''
  for (const token of new Lexer().lex(source.text)) {
    // What follows the mark is a scalar, though it may begin with a `#` in a block of text.
    if (token.startsWith('#') && previous !== SCALAR_MARK) comments.push(commentAt(source, token, from))
    if (!YAML_MARKS.has(token)) from += token.length
    previous = token
  }
  return comments
}

function commentAt(source: SourceText, token: string, from: number): Comment {
  const text = token.trimEnd()
  const line = lineAt(source, from)
  const before = source.text.slice(source.lineStarts[line - 1], from)
  return { text, span: { from, to: from + text.length }, line, alone: before.trim() === '' }
}
