/** What an OpenAPI 3 document says about each operation that a policy can use: path, method, security, tag. */
import { fail, ok, type Result } from '../base/result.ts'
import { isPlain, type Plain } from '../source/document.ts'
import { type Security, securityOf } from './security.ts'

export type Operation = {
  readonly method: string
  /** As written, behind the path of the first server. */
  readonly path: string
  /** The first one. */
  readonly tag: string | undefined
  readonly security: Security
}

export type OpenApi = {
  readonly title: string
  /** Of the first server; undefined where it has variables, or no host. */
  readonly origin: string | undefined
  readonly operations: readonly Operation[]
  /** What was left out, each as a sentence. */
  readonly notes: readonly string[]
}

/** Methods of a path item, except TRACE, which a policy cannot have, and HEAD, which follows GET. */
const methods = ['get', 'put', 'post', 'delete', 'options', 'patch'] as const

/** @returns the operations in the order of the document, or why it is none that can be read */
export function openApi(document: unknown): Result<OpenApi, string> {
  if (!isPlain(document)) return fail('not an OpenAPI document')
  const version = document['openapi']
  if (typeof version !== 'string' || !version.startsWith('3.')) {
    return fail('`openapi: 3.x` is missing at the top; other versions are not read')
  }
  const { paths, info } = document
  if (!isPlain(paths)) return fail('the document has no `paths`')
  const title = isPlain(info) && typeof info['title'] === 'string' ? info['title'] : 'API'
  const server = serverOf(document)
  const operations: Operation[] = []
  const notes: string[] = []
  for (const [path, written] of Object.entries(paths)) {
    if (path.startsWith('x-')) continue
    const item = resolved(written, document)
    if (!isPlain(item)) notes.push(`${path}: only references inside the document are followed`)
    else if (!path.startsWith('/')) notes.push(`${path}: does not begin with a slash`)
    else operations.push(...operationsOf(server.path + path, item, document, notes))
  }
  return ok({ title, origin: server.origin, operations, notes })
}

function operationsOf(path: string, item: Plain, document: Plain, notes: string[]): readonly Operation[] {
  if (isPlain(item['trace'])) notes.push(`TRACE ${path}: a policy cannot let TRACE through`)
  if (isPlain(item['head']) && !isPlain(item['get']))
    notes.push(`HEAD ${path}: left out, since HEAD follows GET`)
  return methods.flatMap((method) => {
    const operation = item[method]
    if (!isPlain(operation)) return []
    const tags = operation['tags']
    const [tag] = Array.isArray(tags) ? tags : []
    return {
      method: method.toUpperCase(),
      path,
      tag: typeof tag === 'string' ? tag : undefined,
      security: securityOf(operation['security'] ?? document['security'], (name) => schemeOf(name, document)),
    }
  })
}

function schemeOf(name: string, document: Plain): Plain | undefined {
  const components = document['components']
  const schemes = isPlain(components) ? components['securitySchemes'] : undefined
  const scheme = isPlain(schemes) ? resolved(schemes[name], document) : undefined
  return isPlain(scheme) ? scheme : undefined
}

/** As many references after one another are followed; a ring of them ends there too. */
const MAX_REFERENCES = 8

/** Follows `$ref` inside the document; undefined where it leads out of it or nowhere. */
function resolved(value: unknown, document: Plain): unknown {
  let current = value
  for (let step = 0; step < MAX_REFERENCES; step++) {
    if (!isPlain(current) || !('$ref' in current)) return current
    const reference = current['$ref']
    if (typeof reference !== 'string' || !reference.startsWith('#/')) return undefined
    // A JSON pointer in a fragment: percent-encoded, then `~1` for `/` and `~0` for `~` (RFC 6901, section 6).
    const keys = decoded(reference.slice(2))
      .split('/')
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    current = keys.reduce<unknown>(
      (at, key) => (isPlain(at) && Object.hasOwn(at, key) ? at[key] : undefined),
      document,
    )
  }
  return undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The gateway's origin has no path, so the server's path goes in front of each route's. */
function serverOf(document: Plain): { readonly origin: string | undefined; readonly path: string } {
  const servers = document['servers']
  const [first] = Array.isArray(servers) ? servers : []
  const url = isPlain(first) && typeof first['url'] === 'string' ? first['url'] : '/'
  const isVariable = url.includes('{')
  const parsed = isVariable ? null : URL.parse(url, 'https://relative.invalid')
  if (parsed === null) return { origin: undefined, path: '' }
  const isAbsolute = /^https?:\/\//i.test(url)
  return { origin: isAbsolute ? parsed.origin : undefined, path: parsed.pathname.replace(/\/+$/, '') }
}
