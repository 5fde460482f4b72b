/** Where upstreams are mounted, and that no two of them claim a path. */
import type { MountConfig } from '../routing/config.ts'
import { parsePattern } from '../routing/pattern.ts'
import { follow, placeOfValue } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { Defined, Dictionary } from './definitions.ts'
import { badPath, prefixOf } from './paths.ts'
import type { Unit } from './units.ts'

/** In the order of `units.all`. Lists are added where they are read. */
export function readMounts(units: Dictionary<Unit>, problems: Problem[]): readonly MountConfig[] {
  const mounts = units.all.map((unit) => ({
    name: unit.name,
    prefix: prefixOf(unit),
    hosts: [...new Set((unit.value.upstream.hosts ?? []).map((host) => host.toLowerCase()))],
  }))
  for (const unit of units.all) problems.push(...checkPrefix(unit))
  for (const [index, mount] of mounts.entries()) {
    const other = mounts.slice(0, index).findIndex((earlier) => collide(earlier, mount))
    const [first, second] = [units.all[other], units.all[index]]
    if (first && second) problems.push(collision(first, second))
  }
  return mounts
}

/** The prefix is literal: a parameter in it would make every path of the upstream ambiguous. */
function checkPrefix(unit: Defined<Unit>): Problem[] {
  const { prefix } = unit.value.upstream
  const field = atPrefix(unit)
  if (prefix === '/') return []
  const pattern = parsePattern(prefix)
  if (!pattern.ok) return [badPath(prefix, pattern.error, field)]
  if (prefix.endsWith('/')) {
    return [
      errorAt('P0402', placeOfValue(field), 'a prefix ends without a slash', {
        help: `write ${prefix.slice(0, -1)}`,
      }),
    ]
  }
  if (pattern.value.segments.every(({ kind }) => kind === 'literal')) return []
  return [
    errorAt('P0402', placeOfValue(field), 'a prefix has no parameters and no `**`', {
      help: 'put them into the paths',
    }),
  ]
}

/** One prefix covers the other, and some host leads to both. No order of upstreams decides who answers. */
const collide = (a: MountConfig, b: MountConfig): boolean =>
  (covers(a.prefix, b.prefix) || covers(b.prefix, a.prefix)) &&
  (a.hosts.length === 0 || b.hosts.length === 0 || a.hosts.some((host) => b.hosts.includes(host)))

const covers = (prefix: string, path: string): boolean => path === prefix || path.startsWith(`${prefix}/`)

function collision(first: Defined<Unit>, second: Defined<Unit>): Problem {
  const message = `\`${second.name}\` and \`${first.name}\` both claim the paths under ${longer(first, second)}`
  return errorAt('P0203', placeOfValue(atPrefix(second)), message, {
    help: 'give one of them another prefix, or each its own `hosts:`',
    also: [{ place: placeOfValue(atPrefix(first)), label: first.name }],
  })
}

const longer = (...units: readonly Defined<Unit>[]): string =>
  units.map(({ value }) => value.upstream.prefix).reduce((a, b) => (b.length > a.length ? b : a))

const atPrefix = ({ at }: Defined<Unit>) => follow(at, 'prefix')
