/**
 * An upstream file out of an OpenAPI document. The document says how to call and not who may, so what only a person
 * can know is left open, in a way that does not validate.
 */
import type { OpenApi } from './document.ts'
import { type DraftRoute, draftRoutes } from './routes.ts'

export type Draft = { readonly name: string; readonly prefix: string }

/** Stands where a person decides; no field of the format takes it. */
const OPEN = 'TODO'

/** @returns the text of a policy file, which loads once nothing in it is `OPEN` any more */
export function draftFile(document: OpenApi, { name, prefix }: Draft): string {
  const { routes, notes } = draftRoutes(document.operations)
  const all = [...document.notes, ...notes].map((note) => `# - ${oneLine(note)}\n`)
  const variable = `${name.toUpperCase().replaceAll('-', '_')}_ORIGIN`
  return [
    'policy_format: 1\n\n',
    '# Drafted from an OpenAPI document, which says how to call and not who may. Every TODO is a decision that a\n',
    '# person makes; the file does not validate before.\n',
    ...(all.length > 0 ? ['#\n# Other than in the document:\n', ...all] : []),
    '\nupstream:\n',
    `  name: ${name}\n`,
    `  title: ${quoted(document.title)}\n`,
    `  prefix: ${quoted(prefix)}\n`,
    `  origin: ${document.origin === undefined ? `\${${variable}}` : quoted(document.origin)}\n`,
    '\nroutes:\n',
    routes.map(routeText).join('\n'),
  ].join('')
}

function routeText({ name, tag, paths, auth, callers, notes }: DraftRoute): string {
  const lines = [
    ...notes.map((note) => `  # ${oneLine(note)}`),
    `  ${name}:`,
    ...(tag === undefined ? [] : [`    doc: ${quoted(tag)}`]),
    '    paths:',
    ...paths.map((path) => `      - ${quoted(path)}`),
    `    auth: ${auth === 'undecided' ? OPEN : auth}`,
    ...(auth === 'token' ? [`    token: ${OPEN} # a name under \`tokens:\`, or \`upstream\``] : []),
    ...(auth === 'none' ? ['    why_no_auth: ""'] : []),
    `    respects_allow_list: ${OPEN}`,
    '    callers:',
    ...[...callers].map(
      ([method, words]) => `      ${method}: ${words === undefined ? OPEN : listed(words)}`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

const listed = (words: readonly string[]): string => `[${words.map(quoted).join(', ')}]`

/** A JSON text is a YAML text too. */
const quoted = (text: string): string => JSON.stringify(oneLine(text))

/** What cannot be seen in a review is not taken over. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim()
