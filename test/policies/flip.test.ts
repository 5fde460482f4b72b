/**
 * The shipped tests against wrong answers and wrong rules. Any tick or cross that is turned around fails alone, at its
 * own line and column; and any rule that lets in somebody else, or turns somebody away, makes a table fail.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readFiles } from '../../src/cli/files.ts'
import { compileFiles, type PolicyInput } from '../../src/policy/compile.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import type { PolicyTest } from '../../src/policy/test-case.ts'
import type { RouteConfig } from '../../src/routing/config.ts'
import type { Place } from '../../src/source/text.ts'
import { casesOf } from '../../src/testing/cases.ts'
import { runTests } from '../../src/testing/run.ts'
import { policyRunner } from '../../src/testing/runner.ts'

/** The pack and what packs share. The others would be run thousands of times for nothing. */
const { inputs: shipped } = await readFiles(['policies'])
const inputs = shipped.filter(({ name }) => name.includes('akamai') || !name.includes('/'))

const { policy: compiled, tests, invariants, problems } = await compileFiles(inputs)
if (compiled === undefined) throw new Error(problems.map(({ message }) => message).join('\n'))
const policy: CompiledPolicy = compiled

const PACK = 'policies/upstreams/akamai-identity-cloud.yaml'

/** An answer of a test: the same test with just this one turned around. */
type Flip = { readonly test: PolicyTest; readonly answer: string; readonly place: Place }

function flipsOf(each: PolicyTest): readonly Flip[] {
  switch (each.kind) {
    case 'requests':
      return []
    case 'table':
      return each.cells.flatMap((cell, at) => {
        if (cell.expect === 'unchecked') return []
        const expect = cell.expect === 'allowed' ? 'denied' : 'allowed'
        const flipped: PolicyTest = { ...each, cells: each.cells.with(at, { ...cell, expect }) }
        return [{ test: flipped, answer: cell.text, place: cell.place }]
      })
    case 'allow_list':
      return each.answers.map((answer, at) => {
        const respects = !answer.respects
        const flipped: PolicyTest = { ...each, answers: each.answers.with(at, { ...answer, respects }) }
        return { test: flipped, answer: String(answer.respects), place: answer.place }
      })
  }
}

const flips = tests.flatMap(flipsOf)

describe('turning an answer around', () => {
  const { run } = policyRunner(policy)

  test('fails that answer alone, at its line and column', async () => {
    for (const flip of flips) {
      const results = await run(flip.test)
      const failed = results.filter(({ passed }) => !passed).map(({ case: { place } }) => place)
      expect(failed).toEqual([flip.place])
    }
  })

  test('the places are those of the answers in the files', () => {
    for (const { answer, place } of flips) expect(textAt(place)).toBe(answer)
  })

  test('no tick and no cross of a table was left out', () => {
    const files = new Set(flips.map(({ place }) => place.file))
    const written = [...files].flatMap((file) => linesOf(file).flatMap((line) => marksIn(line)))
    const ticks = flips.filter(({ answer }) => '✓✗'.includes(answer))
    expect(ticks).toHaveLength(written.length)
    expect(written.length).toBeGreaterThan(1000)
  })
})

const linesOf = (file: string): readonly string[] => readFileSync(file, 'utf8').split('\n')
const textAt = ({ file, line, column, length }: Place): string =>
  [...(linesOf(file)[line - 1] ?? '')].slice(column - 1, column - 1 + length).join('')
/** Comments speak of ticks too. */
const marksIn = (line: string): readonly string[] =>
  line.trim().startsWith('#') ? [] : (line.match(/[✓✗]/g) ?? [])

describe('changing a rule', async () => {
  const { results } = await runTests(policy, tests, invariants)
  /** What is left of the tests when only requests count that meet the route: no other can notice. */
  const noticing = (id: string): readonly PolicyTest[] => {
    const met = results.filter((result) => result.met.route?.id === id)
    const places = new Set(met.map((result) => result.case.place))
    return tests.map((each) => limitedTo(places, each)).filter((each) => casesOf(each).length > 0)
  }

  /** Whether the tests notice that the route is another one now. */
  async function isNoticed(id: string, change: (route: RouteConfig) => RouteConfig): Promise<boolean> {
    const routes = policy.routes.map((route) => (route.id === id ? change(route) : route))
    const mutant = await runTests({ ...policy, routes }, noticing(id), [])
    return mutant.results.some(({ passed }) => !passed)
  }

  const features = [
    'owner',
    'access_issuer',
    'direct_access',
    'direct_read_access',
    'login_client',
    'metadata',
  ]

  const askingForFeatures = policy.routes.flatMap(({ id, callers }) =>
    Object.entries(callers).flatMap(([method, who]) => (who.kind === 'any_of' ? [{ id, method, who }] : [])),
  )

  test.each(askingForFeatures)('one feature more or less for $method $id', async ({ id, method, who }) => {
    for (const feature of features) {
      const others = who.features.filter((each) => each !== feature)
      const changed = {
        ...who,
        features: others.length < who.features.length ? others : [...others, feature],
      }
      const noticed = await isNoticed(id, (route) => ({
        ...route,
        callers: { ...route.callers, [method]: changed },
      }))
      expect(noticed, feature).toBe(true)
    }
  })

  /** Without an API client there is no list to respect, and the policy would not load. */
  const withClients = policy.routes.filter(({ auth }) => auth === 'basic' || auth === 'client_id')

  test.each(withClients)('the other answer about the list for $id', async ({ id }) => {
    const change = (route: RouteConfig) => ({ ...route, respectsAllowList: !route.respectsAllowList })
    expect(await isNoticed(id, change)).toBe(true)
  })
})

function limitedTo(places: ReadonlySet<Place>, each: PolicyTest): PolicyTest {
  const isMeant = ({ place }: { readonly place: Place }): boolean => places.has(place)
  switch (each.kind) {
    case 'table':
      return { ...each, cells: each.cells.filter(isMeant) }
    case 'allow_list':
      return { ...each, answers: each.answers.filter(isMeant) }
    case 'requests': {
      const denied = each.denied.filter(({ request }) => isMeant(request))
      return { ...each, allowed: each.allowed.filter(isMeant), denied }
    }
  }
}

describe('editing a line of the policy', () => {
  const isPack = ({ path }: PolicyInput) => path === PACK
  const pack = new TextDecoder().decode(inputs.find(isPack)?.bytes)

  /** Replaces the first `from` after the line that starts a block. */
  function edited(block: string, from: string, to: string): string {
    const start = pack.indexOf(`\n  ${block}:`)
    const at = pack.indexOf(from, start)
    if (start < 0 || at < 0) throw new Error(`no ${from} below ${block}`)
    return pack.slice(0, at) + to + pack.slice(at + from.length)
  }

  /** Failing cases as `row: request`, or the request alone where there are no rows. */
  async function failures(text: string): Promise<readonly string[]> {
    const changed = inputs.map((input) =>
      isPack(input) ? { ...input, bytes: new TextEncoder().encode(text) } : input,
    )
    const { policy: edit, tests: same } = await compileFiles(changed)
    if (edit === undefined) throw new Error('the edited pack does not load')
    const { results } = await runTests(edit, same, [])
    return results
      .filter(({ passed }) => !passed)
      .map(({ case: { detail, request } }) => [detail?.split(/ |,/)[1] ?? [], request.text].flat().join(': '))
  }

  test('the pack as it is fails nowhere', async () => {
    expect(await failures(pack)).toEqual([])
  })

  test.each([
    ['entity-write', 'POST: writers', 'POST: readers', 'direct_read_access: POST /akamai/entity.update'],
    ['entity-write', 'POST: writers', 'POST: owners', 'direct_access: POST /akamai/entity.delete'],
    ['config-clients', 'POST: owners', 'POST: writers', 'direct_access: POST /akamai/config/acme/clients'],
    ['token-issue', 'POST: token-issuers', 'POST: writers', 'access_issuer: POST /akamai/oauth/token'],
    ['native-login', 'login-clients', 'owners', 'owner: POST /akamai/oauth/auth_native'],
    ['flows', 'respects_allow_list: false', 'respects_allow_list: true', 'GET /akamai/config/acme/flows'],
    ['entity-read', 'respects_allow_list: true', 'respects_allow_list: false', 'POST /akamai/entity.find'],
    ['entity-write', '- /entity.update', '- /entity.updated', 'owner: POST /akamai/entity.update'],
    ['writers', '[owner, direct_access]', '[owner]', 'direct_access: POST /akamai/entity.create'],
  ])('%s: %s -> %s fails %s', async (block, from, to, expected) => {
    expect(await failures(edited(block, from, to))).toContain(expected)
  })
})
