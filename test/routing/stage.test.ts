import { expect, test } from 'vitest'
import { ok } from '../../src/base/result.ts'
import type { Callers } from '../../src/routing/config.ts'
import { methodStage, pathStage, routeStage } from '../../src/routing/stage.ts'
import { routeTable } from '../../src/routing/table.ts'
import { mount, path, route } from '../support/routes.ts'

test('the path stage learns the canonical path, or says why there is none', () => {
  expect(pathStage.run({ facts: { rawPath: '/%63onfig' } })).toEqual(ok({ path: '/config' }))
  expect(pathStage.run({ facts: { rawPath: '/a/../config' } })).toEqual({
    ok: false,
    error: { reason: 'bad_path', why: 'dot_segment' },
  })
})

test('the route stage learns the route and its pattern, or names the upstream that answers', () => {
  const demo = route('demo/items', '/demo/items/{item}')
  const stage = routeStage(routeTable([mount('/demo')], [demo]))
  const facts = { host: 'gw.example' }
  expect(stage.run({ facts, path: path('/demo/items/1') })).toEqual(
    ok({ route: demo, pattern: '/demo/items/{item}' }),
  )
  expect(stage.run({ facts, path: path('/demo/other') })).toEqual({
    ok: false,
    error: { reason: 'unknown_route', upstream: 0 },
  })
  expect(stage.run({ facts, path: path('/elsewhere') })).toEqual({
    ok: false,
    error: { reason: 'unknown_route', upstream: undefined },
  })
})

test.each([
  ['/t/Blue/users', 'blue'],
  ['/t/%62lue/users', 'blue'],
  ['/t/bl%3Aue/users', 'bl:ue'],
  ['/t/bl:ue/users', 'bl:ue'],
  ['/t/x/y/green/z', 'green'],
])('the tenant of %s is %s, whatever its spelling', (text, tenant) => {
  const demo = { ...route('demo/users', '/t/{tid}/users', '/t/x/{other}/{tid}/**'), tenant: 'tid' }
  const stage = routeStage(routeTable([mount('/t')], [demo]))
  const parsed = pathStage.run({ facts: { rawPath: text } })
  if (parsed instanceof Promise || !parsed.ok) throw new Error('no path')
  expect(stage.run({ facts: { host: 'gw.example' }, ...parsed.value })).toMatchObject(
    ok({ route: demo, tenant }),
  )
})

const readers: Callers = { kind: 'authenticated' }
const owners: Callers = { kind: 'any_of', features: ['owner'], scopes: [] }
const headers: Callers = { kind: 'anyone' }

const method = (of: Record<string, Callers>, sent: string) =>
  methodStage.run({ facts: { method: sent, upgrade: undefined }, route: { callers: of } })

test.each([
  { title: 'a listed method', of: { GET: readers, POST: owners }, sent: 'POST', callers: owners },
  { title: 'HEAD follows GET (M2)', of: { GET: readers, POST: owners }, sent: 'HEAD', callers: readers },
  { title: 'HEAD may have its own', of: { GET: owners, HEAD: headers }, sent: 'HEAD', callers: headers },
  {
    title: 'OPTIONS where the policy says so (M2)',
    of: { OPTIONS: headers },
    sent: 'OPTIONS',
    callers: headers,
  },
])('method: $title', ({ of, sent, callers }) => {
  expect(method(of, sent)).toEqual(ok({ callers }))
})

test.each([
  { row: 'M3', of: { GET: readers, POST: owners }, sent: 'PATCH', allowed: ['GET', 'POST', 'HEAD'] },
  { row: 'M3', of: { POST: owners }, sent: 'TRACE', allowed: ['POST'] },
  { row: 'M3', of: { GET: readers, HEAD: headers }, sent: 'DELETE', allowed: ['GET', 'HEAD'] },
  { row: 'M3', of: { GET: readers }, sent: 'get', allowed: ['GET', 'HEAD'] },
  { row: 'M2', of: { POST: owners }, sent: 'HEAD', allowed: ['POST'] },
  { row: 'M2', of: { GET: readers }, sent: 'OPTIONS', allowed: ['GET', 'HEAD'] },
  { row: 'M3', of: { GET: readers }, sent: 'constructor', allowed: ['GET', 'HEAD'] },
  { row: 'M3', of: { GET: readers }, sent: 'toString', allowed: ['GET', 'HEAD'] },
  { row: 'M3', of: { GET: readers }, sent: '__proto__', allowed: ['GET', 'HEAD'] },
])('$row: $sent is refused', ({ of, sent, allowed }) => {
  expect(method(of, sent)).toEqual({ ok: false, error: { reason: 'method_not_allowed', allowed } })
})

test.each([
  { sent: 'websocket', method: 'GET', upgrade: 'websocket', passes: true },
  { sent: 'WebSocket', method: 'GET', upgrade: 'websocket', passes: true },
  { sent: undefined, method: 'GET', upgrade: 'websocket', passes: true },
  { sent: 'websocket', method: 'GET', upgrade: undefined, passes: false },
  { sent: 'websocket', method: 'POST', upgrade: 'websocket', passes: false },
  { sent: 'websocket', method: 'HEAD', upgrade: 'websocket', passes: false },
  { sent: 'h2c', method: 'GET', upgrade: 'websocket', passes: false },
  { sent: 'h2c', method: 'GET', upgrade: undefined, passes: false },
  { sent: '', method: 'GET', upgrade: undefined, passes: false },
  { sent: 'websocket, h2c', method: 'GET', upgrade: 'websocket', passes: false },
] as const)('upgrade $sent with $method on a route with $upgrade: $passes', (row) => {
  const callers = { GET: readers, POST: readers }
  const outcome = methodStage.run({
    facts: { method: row.method, upgrade: row.sent },
    route: row.upgrade === undefined ? { callers } : { callers, upgrade: row.upgrade },
  })
  expect(outcome).toEqual(
    row.passes ? ok({ callers: readers }) : { ok: false, error: { reason: 'upgrade_refused' } },
  )
})
