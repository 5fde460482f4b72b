/**
 * The YAML library, fed no more than it can digest: it keeps some hundred bytes for each token and each error, so a
 * file of eight million brackets, small as it is, would fill the memory.
 */
import { Composer, type Document, Lexer, type ParseOptions, Parser, YAMLParseError } from 'yaml'

/** Names, values and marks, blanks and line ends among them. A thousand clients with ten addresses each have a quarter of it. */
export const MAX_TOKENS = 500_000

/** A file with so many errors of syntax is no YAML; only the first ones are told. */
const MAX_ERRORS = 100

type Options = ParseOptions & ConstructorParameters<typeof Composer>[0]

/**
 * The first document of a text, as the library's `parseDocument` gives it; a second one is an error in it.
 *
 * @returns undefined for a text of too many tokens
 */
export function boundedDocument(text: string, options: Options): Document.Parsed | undefined {
  const lexed = lexemes(text)
  let first: Document.Parsed | undefined
  for (const document of new Composer(options).compose(tokens(lexed), true, text.length)) {
    if (first !== undefined) {
      const [from, to] = document.range
      first.errors.push(new YAMLParseError([from, to], 'MULTIPLE_DOCS', 'a second document'))
      break
    }
    first = document
  }
  return lexed.tooMany() ? undefined : first
}

function lexemes(text: string) {
  let count = 0
  return {
    tooMany: () => count > MAX_TOKENS,
    *all() {
      for (const lexeme of new Lexer().lex(text)) {
        if (++count > MAX_TOKENS) return
        yield lexeme
      }
    },
  }
}

/** Of too long a text nothing is made into nodes: the parser holds a whole document back until its end. */
function* tokens({ all, tooMany }: ReturnType<typeof lexemes>) {
  const parser = new Parser()
  let errors = 0
  for (const lexeme of all()) {
    for (const token of parser.next(lexeme)) {
      yield token
      if (token.type === 'error' && ++errors > MAX_ERRORS) return
    }
  }
  if (!tooMany()) yield* parser.end()
}
