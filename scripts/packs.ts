/**
 * Writes docs/packs.md: for each pack, the operations in the vendor's list against the routes of the policy.
 *
 * The lists are `test/vectors/*-operations.json`. They were written from the vendors' documents and not from the policy,
 * so an operation that the policy forgot is missing here. Run it with `node scripts/packs.ts`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { compilePolicy } from '../src/cli/policy.ts'
import type { CompiledPolicy, UpstreamConfig } from '../src/policy/model.ts'
import type { RouteConfig } from '../src/routing/config.ts'
import { canonicalPath } from '../src/routing/path.ts'
import { type RouteTable, routeTable } from '../src/routing/table.ts'

export const PACKS_DOCUMENT = 'docs/packs.md'
const VECTORS = 'test/vectors'
const ENDING = '-operations.json'

export type PackCount = {
  /** As the policy calls it. */
  readonly name: string
  readonly prefix: string
  /** Its file under policies/upstreams and its page under docs, without the ending. */
  readonly file: string
  /** `METHOD /path` of the vendor's list. */
  readonly operations: readonly string[]
  /** Those that no route takes, with that very path and method. */
  readonly missing: readonly string[]
  /** Those with a route, by how its callers are known. */
  readonly byAuth: ReadonlyMap<string, number>
  readonly respectingLists: number
  readonly routes: number
  readonly paths: number
  /** Pairs of path and method that the policy opens. */
  readonly pairs: number
}

/**
 * Counts every upstream of the folder `policies`.
 *
 * @throws where the policy does not compile, or an upstream has no list, or a list no upstream: a pack that is left
 *   out of the count would look complete
 */
export async function countPacks(): Promise<readonly PackCount[]> {
  const { policy, problems } = await compilePolicy(['policies'])
  if (policy === undefined) throw new Error(problems.map(({ message }) => message).join('\n'))
  const lists = readdirSync(VECTORS).filter((name) => name.endsWith(ENDING))
  const table = routeTable(policy.upstreams, policy.routes)
  const counts = policy.upstreams.map((upstream) => {
    const list = lists.find((name) => name.slice(0, -ENDING.length).endsWith(upstream.name))
    if (list === undefined) throw new Error(`${VECTORS} has no list for ${upstream.name}`)
    return countPack(upstream, operationsIn(`${VECTORS}/${list}`), policy, table)
  })
  if (lists.length > counts.length) throw new Error(`${VECTORS} has more lists than there are upstreams`)
  return counts
}

/** The file is a list of areas, and each names its operations; what else an area says is for its own test. */
function operationsIn(file: string): readonly string[] {
  const areas: readonly { readonly operations: readonly string[] }[] = JSON.parse(readFileSync(file, 'utf8'))
  return areas.flatMap(({ operations }) => operations)
}

function countPack(
  upstream: UpstreamConfig,
  operations: readonly string[],
  policy: CompiledPolicy,
  table: RouteTable,
): PackCount {
  const { name, prefix } = upstream
  const routes = policy.routes.filter((route) => policy.upstreams[route.upstream] === upstream)
  const found = operations.map((operation) => ({ operation, route: routeOf(operation, prefix, table) }))
  const taken = found.flatMap(({ route }) => route ?? [])
  return {
    name,
    prefix,
    file: /([^/]+)\.yaml:/.exec(routes[0]?.at ?? '')?.[1] ?? name,
    operations,
    missing: found.filter(({ route }) => route === undefined).map(({ operation }) => operation),
    byAuth: tally(taken.map(authOf)),
    respectingLists: taken.filter(({ respectsAllowList }) => respectsAllowList).length,
    routes: routes.length,
    paths: routes.flatMap(({ paths }) => paths).length,
    pairs: routes.reduce((sum, { paths, callers }) => sum + paths.length * Object.keys(callers).length, 0),
  }
}

/** In the lists, the names of parameters whose value has slashes in it; such a path ends in `**` in the policy. */
const REST = /\{(?:rest|templatePath)\}/

/** The route that a request for the operation meets, if it stands there with this path and this method. */
function routeOf(operation: string, prefix: string, table: RouteTable): RouteConfig | undefined {
  const [method = '', template = ''] = operation.split(' ')
  const sample = template.replace(REST, 'some/other/part').replaceAll(/\{(\w+)\}/g, 'some-$1')
  const canonical = canonicalPath(prefix + sample)
  const match = canonical.ok ? table.find('gateway.example', canonical.value) : undefined
  if (match === undefined || !Object.hasOwn(match.route.callers, method)) return undefined
  return shapeOf(match.pattern) === shapeOf(prefix + template.replace(REST, '**')) ? match.route : undefined
}

const shapeOf = (path: string): string => path.replaceAll(/\{\w+\}/g, '{}')

const authOf = ({ auth, token }: RouteConfig): string =>
  auth === 'token' && token === 'upstream' ? 'token: upstream' : auth

function tally(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

/** The kinds of authentication, in the order of the table, and what the gateway knows of the caller then. */
const KINDS = [
  ['client', 'API client, by its own method'],
  ['basic', 'API client, id and secret'],
  ['client_id', 'API client, id alone'],
  ['token', 'token, verified here'],
  ['token: upstream', 'token, verified by the vendor'],
  ['none', 'nobody'],
] as const

/** @returns the text of docs/packs.md */
export const packsDocument = (packs: readonly PackCount[]): string =>
  `${[
    '<!-- Written by scripts/packs.ts; `node scripts/packs.ts` writes it again. -->',
    '',
    '# Packs',
    '',
    'One pack a vendor: `policies/upstreams/` has the routes, `policies/tests/` what they must and must not let through,',
    'and the page that is linked here the choices and what you have to edit. Each is held against a list of the vendor’s',
    'operations in `test/vectors/`, which was written from the vendor’s documents and not from the policy. An operation',
    'counts as covered when a request for it meets a route with its very path, and the route takes its method.',
    '',
    ...coverageTable(packs),
    '',
    ...missingLines(packs),
    '',
    'Where a pack opens more pairs of path and method than there are operations, its page says which and why.',
    '',
    '## Who is known',
    '',
    'By operation, what the gateway knows of the caller before the request goes on, and how many operations respect the',
    'allow list (IP filter) of the API client.',
    '',
    ...knowledgeTable(packs),
  ].join('\n')}\n`

function coverageTable(packs: readonly PackCount[]): readonly string[] {
  const numbersOf = ({ operations, missing, routes, paths, pairs }: PackCount) => [
    operations.length,
    operations.length - missing.length,
    missing.length,
    routes,
    paths,
    pairs,
  ]
  const numbers = packs.map(numbersOf)
  const sums = numbers.reduce((all, each) => all.map((sum, at) => sum + (each[at] ?? 0)), [0, 0, 0, 0, 0, 0])
  const body = packs.map(({ file, prefix }, at) => [
    `[${file}](${file}.md)`,
    `\`${prefix}\``,
    ...(numbers[at] ?? []),
  ])
  const titles = [
    'Pack',
    'Prefix',
    'Operations',
    'Covered',
    'Missing',
    'Routes',
    'Paths',
    'Paths and methods',
  ]
  return rows(titles, [...body, ['all', '', ...sums]])
}

function missingLines(packs: readonly PackCount[]): readonly string[] {
  const missing = packs.flatMap((pack) => pack.missing.map((operation) => `- ${pack.name}: \`${operation}\``))
  return missing.length === 0 ? ['None is missing.'] : ['Missing:', '', ...missing]
}

const knowledgeTable = (packs: readonly PackCount[]): readonly string[] =>
  rows(
    ['Pack', ...KINDS.map(([, title]) => title), 'respect the allow list'],
    packs.map(({ file, byAuth, respectingLists }) => [
      file,
      ...KINDS.map(([kind]) => byAuth.get(kind) ?? 0),
      respectingLists,
    ]),
  )

/** Numbers stand on the right. */
function rows(titles: readonly string[], body: readonly (readonly (string | number)[])[]): readonly string[] {
  const isNumber = (at: number) => typeof body[0]?.[at] === 'number'
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  return [
    line(titles),
    `|${titles.map((_, at) => (isNumber(at) ? '---:' : '---')).join('|')}|`,
    ...body.map(line),
  ]
}

if (import.meta.main) writeFileSync(PACKS_DOCUMENT, packsDocument(await countPacks()))
