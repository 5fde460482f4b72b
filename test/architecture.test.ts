/**
 * Who imports whom, as a test. A folder is a subsystem; arrows go down only, so that each can be read and tested
 * without what stands above it. The same table is in docs/architecture.md.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const SRC = resolve(import.meta.dirname, '../src')

/** What a folder, or a file at the top, may import besides `base` and itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  source: [],
  decision: [],
  network: ['decision'],
  routing: ['decision'],
  ratelimit: ['decision'],
  forwarding: ['decision'],
  faults: ['decision'],
  clients: ['decision'],
  authorization: ['decision'],
  parameters: ['decision'],
  authentication: ['decision', 'clients', 'parameters'],
  audit: ['decision'],
  policy: ['source', 'decision', 'network', 'routing', 'ratelimit', 'clients'],
  'pipeline.ts': ['decision', 'policy', 'network', 'routing', 'ratelimit', 'authentication', 'authorization'],
  trace: ['pipeline.ts', 'policy', 'decision', 'source', 'network', 'authentication', 'authorization'],
  http: ['pipeline.ts', 'policy', 'decision', 'forwarding', 'faults', 'ratelimit', 'audit', 'parameters'],
  platform: ['policy', 'decision', 'ratelimit', 'authentication', 'forwarding', 'clients', 'audit'],
  testing: [
    'pipeline.ts',
    'trace',
    'policy',
    'decision',
    'source',
    'clients',
    'ratelimit',
    'authentication',
    'routing',
    'network',
  ],
  explain: [
    'replay',
    'testing',
    'pipeline.ts',
    'trace',
    'policy',
    'decision',
    'source',
    'network',
    'routing',
  ],
  diff: ['testing', 'pipeline.ts', 'policy', 'decision', 'network', 'routing'],
  replay: ['testing', 'pipeline.ts', 'policy', 'decision', 'network', 'routing'],
  lint: ['policy', 'source', 'routing'],
  openapi: ['source', 'routing'],
  attack: [
    'testing',
    'policy',
    'decision',
    'forwarding',
    'network',
    'ratelimit',
    'routing',
    'clients',
    'authentication',
  ],
  cli: [
    'attack',
    'openapi',
    'lint',
    'explain',
    'diff',
    'replay',
    'testing',
    'pipeline.ts',
    'trace',
    'policy',
    'decision',
    'source',
    'clients',
    'faults',
    'forwarding',
    'ratelimit',
    'network',
    'routing',
  ],
  'worker.ts': ['pipeline.ts', 'http', 'platform', 'authentication', 'clients', 'audit'],
  'compiled.d.ts': [],
}

/** Each package has one owner; `import type` counts too. A change of library is a change of one folder. */
const PACKAGE_OWNERS: Readonly<Record<string, readonly string[]>> = {
  'ipaddr.js': ['base'],
  yaml: ['source'],
  zod: ['policy', 'cli'],
  'fastest-levenshtein': ['source'],
  jose: ['authentication', 'platform', 'testing'],
  hono: ['http', 'worker.ts'],
  'cloudflare:workers': ['platform'],
  commander: ['cli'],
  picocolors: ['cli'],
  'node:': ['cli'],
}

/** Folders that hold no clock, no chance and no network. Time and chance come in as arguments. */
const PURE = [
  'base',
  'source',
  'decision',
  'network',
  'routing',
  'ratelimit',
  'forwarding',
  'faults',
  'clients',
  'authorization',
  'authentication',
  'parameters',
  'audit',
  'policy',
  'pipeline.ts',
  'trace',
  'http',
  'testing',
  'explain',
  'diff',
  'replay',
  'lint',
  'openapi',
  'attack',
]
const IMPURE =
  /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bfetch\(|\bcrypto\.(?:randomUUID|getRandomValues)\(|\bconsole\.|\bsetTimeout\(/

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, place: placeOf(name), text: readFileSync(join(SRC, name), 'utf8') }))

/** The folder below `src`, or the file itself where it stands at the top. */
function placeOf(name: string): string {
  return name.split('/')[0] ?? name
}

function specifiersOf(text: string): string[] {
  return [
    ...text.matchAll(/^(?:import|export)\b[^'"]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm),
  ].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')
}

const isConfig = (path: string): boolean => path.endsWith('/config.ts')

test('every folder of src stands in the table', () => {
  expect([...new Set(files.map(({ place }) => place))].filter((place) => !(place in MAY_IMPORT))).toEqual([])
})

test('arrows between folders go down only', () => {
  const wrong: string[] = []
  for (const { name, place, text } of files) {
    for (const specifier of specifiersOf(text).filter((path) => path.startsWith('.'))) {
      const target = relative(SRC, resolve(SRC, dirname(name), specifier))
      if (target.startsWith('..')) continue
      const to = placeOf(target)
      // A `config.ts` is the shape of one block of the compiled policy: types only, shared by all who read it.
      if (to === place || to === 'base' || isConfig(target)) continue
      if (!MAY_IMPORT[place]?.includes(to)) wrong.push(`${name} -> ${target}`)
    }
  }
  expect(wrong).toEqual([])
})

test('a config.ts holds types, so that importing it ties nobody to its folder', () => {
  const values = files
    .filter(({ name }) => isConfig(name) && name !== 'faults/config.ts')
    .filter(({ text }) => /^export (?:const|function|class|let)/m.test(text))
  expect(values.map(({ name }) => name)).toEqual([])
})

test('every package has its owner', () => {
  const wrong: string[] = []
  for (const { name, place, text } of files) {
    for (const specifier of specifiersOf(text).filter((path) => !path.startsWith('.'))) {
      const owners = PACKAGE_OWNERS[specifier] ?? PACKAGE_OWNERS[specifier.startsWith('node:') ? 'node:' : '']
      if (!owners?.includes(place)) wrong.push(`${name} -> ${specifier}`)
    }
  }
  expect(wrong).toEqual([])
})

test('the pure folders read no clock, draw no number and reach nobody', () => {
  const impure = files
    .filter(({ place }) => PURE.includes(place))
    .flatMap(({ name, text }) => {
      const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      const [found] = IMPURE.exec(code) ?? []
      return found === undefined ? [] : [`${name}: ${found}`]
    })
  expect(impure).toEqual([])
})

test('the Worker reaches no tool: neither YAML nor schemas nor Node are in what it imports', () => {
  const reached = new Set<string>()
  const packages = new Set<string>()
  const visit = (name: string) => {
    if (reached.has(name)) return
    reached.add(name)
    const text = files.find((file) => file.name === name)?.text ?? ''
    const values = text.replace(/^import type [\s\S]*?from '[^']+'$/gm, '')
    for (const specifier of specifiersOf(values)) {
      if (!specifier.startsWith('.')) packages.add(specifier)
      else visit(relative(SRC, resolve(SRC, dirname(name), specifier)))
    }
  }
  visit('worker.ts')
  expect([...packages].sort()).toEqual(['cloudflare:workers', 'hono', 'ipaddr.js', 'jose'])
  expect([...reached].filter((name) => name.startsWith('source/') || name.startsWith('cli/'))).toEqual([])
})
