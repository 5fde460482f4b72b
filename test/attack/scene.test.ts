/** Where an attack takes place: the aims that are picked, and what can be said of where a request comes from. */
import { expect, test } from 'vitest'
import { attacksOn, families, remedies } from '../../src/attack/corpus/all.ts'
import { addressOf, type SceneOptions, sceneOf } from '../../src/attack/scene.ts'
import { wireText } from '../../src/attack/wire.ts'
import { rangeOfTest } from '../support/range.ts'

const { policy, inside } = await rangeOfTest()
const sceneWith = (given: Partial<SceneOptions>) =>
  sceneOf(policy, { ...inside, seenAs: undefined, canary: undefined, now: Date.now(), ...given })

test('the best guarded request that a given client can make is aimed at', async () => {
  const { aims, guarded } = await sceneWith({})
  expect(aims.map(({ route, holder, open }) => [route.id, holder?.client.name, open])).toEqual([
    ['range/config', 'range-owner', expect.stringMatching(/^\/range\/public\//)],
  ])
  expect(guarded.map(({ holder }) => holder?.client.name).toSorted()).toEqual(['range-owner', 'range-six'])
})

test('without a client there are the attacks of a stranger', async () => {
  const scene = await sceneWith({ armed: [], signers: [] })
  const attacks = await attacksOn(scene, 'gw.example')
  expect(attacks.length).toBeGreaterThan(80)
  expect(attacks.filter(({ steps }) => steps.some(({ truth }) => truth.client !== undefined))).toEqual([])
})

test('behind a proxy nothing is said of where a request comes from, but for what must not be believed', async () => {
  const seenAs = addressOf('203.0.113.9')
  const attacks = await attacksOn(await sceneWith({ seenAs }), 'gw.example')
  const saying = attacks.filter(({ steps }) =>
    steps.some(({ wire }) => wire.headers.some((line) => line.startsWith('CF-Connecting-IP:'))),
  )
  expect(new Set(saying.map(({ row, what }) => `${row} ${what}`))).toEqual(
    new Set(['A1 the proxy’s own header, from outside']),
  )
  const truths = attacks.flatMap(({ steps }) => steps.map(({ truth }) => truth.address))
  expect(new Set(truths)).toEqual(new Set([seenAs]))
})

test('every attack is of a family that is told of, and no two are the same', async () => {
  const attacks = await attacksOn(await sceneWith({ canary: '127.0.0.1:1' }), 'gw.example')
  expect(attacks.filter(({ row }) => !/^[A-Z][0-9]+$/.test(row) || !(row.slice(0, 1) in families))).toEqual(
    [],
  )
  expect(Object.keys(remedies)).toEqual(Object.keys(families))
  const texts = attacks.map(({ steps }) =>
    steps.map(({ wire }) => wireText(wire, 'gw.example', 'mark')).join(),
  )
  const again = texts.filter((text, at) => texts.indexOf(text) !== at)
  // A plain request is sent for what its answer says, for its route, and for its limits.
  expect(again.length).toBeLessThan(10)
})

test('a request is written as it is, and nothing is added that an attack has of its own', () => {
  const wire = { method: 'GET', target: '/a/../b', headers: ['Host: x/y?', 'Connection: X-Request-Id'] }
  expect(wireText(wire, 'gw.example', 'm')).toBe(
    'GET /a/../b HTTP/1.1\r\nX-Probe: m\r\nHost: x/y?\r\nConnection: X-Request-Id\r\n\r\n',
  )
  expect(wireText({ method: 'POST', target: '/', headers: [], raw: '0\r\n' }, 'h', 'm')).toMatch(
    /\r\n\r\n0\r\n$/,
  )
  expect(wireText({ method: 'POST', target: '/', headers: [], body: 'abc' }, 'h', 'm')).toContain(
    'Content-Length: 3',
  )
})
