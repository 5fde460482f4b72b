/**
 * Policy engines match no path templates, or one after the other. So that the path does not decide how they do, they
 * are asked about the route, which the gateway's own table has found for them; that time is in their figures.
 */
import { routeTable } from '../../src/routing/table.ts'
import { path, route } from '../../test/support/routes.ts'
import { allAsks } from './contender.ts'
import type { World } from './world.ts'

/** @returns the name of the route of a request; `undefined` when there is none */
export function routeFinder(world: World): (at: number) => string | undefined {
  const table = routeTable(
    [{ name: 'up', prefix: '', hosts: [] }],
    world.routes.map(({ pattern }, n) => route(`route-${n}`, pattern)),
  )
  const paths = allAsks(world).map((ask) => path(ask.path))
  return (at) => {
    const asked = paths[at]
    return asked && table.find('gw.example', asked)?.route?.id
  }
}
