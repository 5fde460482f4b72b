/**
 * The spacing of a YAML file. Only blanks, empty lines and ends of lines change: what a scalar says, every comment and
 * columns that somebody lined up stay. A whole document is never printed anew, since that folds texts and moves comments.
 */
import { Lexer } from 'yaml'
import { SCALAR_MARK, YAML_MARKS } from './comments.ts'

type Token = { readonly text: string; readonly kind: 'scalar' | 'blank' | 'newline' | 'comment' | 'other' }

/**
 * @param text - text that `parseYaml` takes
 * @returns the same for a text that is tidy already
 */
export function tidied(text: string): string {
  const tokens = withoutEmptyLines(withFlowBlanks(withoutTrailingBlanks(tokensOf(text))))
  return withLastNewline(tokens)
    .map((token) => token.text)
    .join('')
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let isScalar = false
  for (const piece of new Lexer().lex(text.replaceAll('\r\n', '\n'))) {
    if (!YAML_MARKS.has(piece)) tokens.push(tokenOf(piece, isScalar))
    isScalar = piece === SCALAR_MARK
  }
  return tokens
}

function tokenOf(text: string, isScalar: boolean): Token {
  if (isScalar || /^["']/.test(text)) return { text, kind: 'scalar' }
  if (text === '\n') return { text, kind: 'newline' }
  if (/^[ \t]+$/.test(text)) return { text, kind: 'blank' }
  if (!text.startsWith('#')) return { text, kind: 'other' }
  return { text: text.trimEnd().replace(/^#(?=[^\s#!])/, '# '), kind: 'comment' }
}

const withoutTrailingBlanks = (tokens: readonly Token[]): Token[] =>
  tokens.filter(({ kind }, at) => kind !== 'blank' || !['newline', undefined].includes(tokens[at + 1]?.kind))

/** `[a, b]` and `{ a: 1, b: 2 }`. Further blanks after a comma line things up, and stay. */
function withFlowBlanks(tokens: readonly Token[]): Token[] {
  return tokens.flatMap((token, at): Token[] => {
    const [before, after] = [tokens[at - 1], tokens[at + 1]]
    const isFirst = tokens[at - 2] === undefined || tokens[at - 2]?.kind === 'newline'
    if (token.kind === 'blank' && before?.kind !== 'newline') {
      const closes = !isFirst && (is(after, ']') || is(after, ','))
      return closes || (is(before, '[') && after?.kind !== 'comment') ? [] : [token]
    }
    const isOpen = is(token, '{') && !is(after, '}')
    if ((isOpen || is(token, ',')) && isWord(after)) return [token, BLANK]
    return is(token, '}') && isWord(before) && !is(before, '{') ? [BLANK, token] : [token]
  })
}

const BLANK: Token = { text: ' ', kind: 'blank' }
const NEWLINE: Token = { text: '\n', kind: 'newline' }

const is = (token: Token | undefined, text: string): boolean => token?.kind === 'other' && token.text === text

const isWord = (token: Token | undefined): boolean =>
  token !== undefined && token.kind !== 'blank' && token.kind !== 'newline'

/** One empty line in a row at most, and none at the start. */
const withoutEmptyLines = (tokens: readonly Token[]): Token[] =>
  tokens.filter(({ kind }, at) => {
    if (kind !== 'newline') return true
    const earlier = [tokens[at - 1], tokens[at - 2]].map(
      (token) => token === undefined || token.kind === 'newline',
    )
    return !earlier.every(Boolean)
  })

/** What a block of text ends with is a part of what it says. */
function withLastNewline(tokens: readonly Token[]): readonly Token[] {
  const end = tokens.findLastIndex(({ kind }) => kind !== 'newline' && kind !== 'blank')
  const last = tokens[end]
  if (last === undefined) return []
  const isBlock = last.kind === 'scalar' && last.text.includes('\n')
  return isBlock ? tokens.slice(0, end + 1) : [...tokens.slice(0, end + 1), NEWLINE]
}
