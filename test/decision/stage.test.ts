import { expect, test } from 'vitest'
import { fail, ok } from '../../src/base/result.ts'
import { chain, type Stage, type StepName } from '../../src/decision/stage.ts'

type At = { readonly word: string }

const plain = <Needs, Learns>(name: StepName, learns: Learns): Stage<Needs, Learns> => ({
  name,
  run: () => ok(learns),
})
const later = <Needs, Learns>(name: StepName, learns: Learns): Stage<Needs, Learns> => ({
  name,
  run: () => Promise.resolve(ok(learns)),
})
const denying: Stage<object, { readonly never: true }> = {
  name: 'method',
  run: () => fail({ reason: 'upgrade_refused' }),
}
const denyingLater: Stage<object, { readonly never: true }> = {
  name: 'method',
  run: () => Promise.resolve(fail({ reason: 'upgrade_refused' })),
}

const seven = [
  plain('method', {}),
  plain('network', {}),
  plain('rate', {}),
  plain('credentials', {}),
  plain('address', {}),
  plain('features', {}),
  plain('rate', { last: true }),
] as const

test('what each stage learns is added to what the next may need, and no promise is made', () => {
  const first: Stage<At, { readonly path: string }> = {
    name: 'path',
    run: ({ word }) => ok({ path: `/${word}` }),
  }
  const second: Stage<{ readonly path: string }, { readonly route: string }> = {
    name: 'route',
    run: ({ path }) => ok({ route: `route of ${path}` }),
  }
  const decide = chain(first, second, ...seven)
  expect(decide({ word: 'x' })).toEqual({
    allowed: true,
    known: { word: 'x', path: '/x', route: 'route of /x', last: true },
  })
})

test('a stage that waits makes a promise, and the rest goes on after it', async () => {
  const decide = chain(plain<At, object>('path', {}), later('route', { route: 'r' }), ...seven)
  const decision = decide({ word: 'x' })
  expect(decision).toBeInstanceOf(Promise)
  expect(await decision).toEqual({ allowed: true, known: { word: 'x', route: 'r', last: true } })
})

test.each([
  ['at once', denying],
  ['after a wait', denyingLater],
])('the first denial, given %s, ends the row with what was known by then', async (_, third) => {
  const [, ...rest] = seven
  const decide = chain(plain<At, { a: 1 }>('path', { a: 1 }), plain('route', { b: 2 }), third, ...rest)
  expect(await decide({ word: 'x' })).toEqual({
    allowed: false,
    step: 'method',
    denial: { reason: 'upgrade_refused' },
    known: { word: 'x', a: 1, b: 2 },
  })
})

test('the caller’s object is left as it was', async () => {
  const at = { word: 'x' }
  await chain(plain<At, object>('path', { a: 1 }), plain('route', {}), ...seven)(at)
  expect(at).toEqual({ word: 'x' })
})

test('an order in which something is needed before it is learned does not compile', () => {
  const first = plain<At, object>('path', {})
  const needsRoute: Stage<{ readonly route: string }, object> = plain('method', {})
  const learnsRoute = plain('route', { route: 'r' })
  const [, ...rest] = seven
  // @ts-expect-error nothing before it learns a route
  const decide = chain(first, needsRoute, learnsRoute, ...rest)
  expect(decide).toBeTypeOf('function')
})
