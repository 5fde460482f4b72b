/** Rules about a list, or a pair of them: L103, L104, L105, L107. */
import type { ListSource } from '../policy/sources.ts'
import { covers, isEqual, overlaps, union } from './bounds.ts'
import { type Finding, found } from './finding.ts'
import { itemsOf, type ListItem, networkItems, type OwnedLists, ownedLists } from './lists.ts'
import type { LintRule } from './subject.ts'

/** L103. */
export const oneFamily: LintRule = (subject) => ownedLists(subject).flatMap(missingFamily)

function missingFamily({ owner, sources: { allow } }: OwnedLists): Finding[] {
  if (allow === undefined) return []
  const families = new Set(itemsOf(allow).flatMap(({ bounds }) => bounds.map(({ family }) => family)))
  if (families.size !== 1) return []
  const [has, lacks] = families.has(4) ? ['IPv4', 'IPv6'] : ['IPv6', 'IPv4']
  const message = `${owner} lists ${has} addresses only, so every caller over ${lacks} is denied`
  return [
    found('L103', allow.place, message, {
      help: `add the ${lacks} networks, or say so: \`# lint: allow L103 - <why>\``,
    }),
  ]
}

/** L104. What two entries of one network have to do with each other is said at the network, once. */
export const idleEntries: LintRule = (subject) => {
  const lists = ownedLists(subject).flatMap(({ sources: { allow, deny } }) => [itemsOf(allow), itemsOf(deny)])
  return [...lists, ...networkItems(subject)].flatMap((items) =>
    items.flatMap((item, index) => idle(item, index, items)),
  )
}

/** Of two equal items it is the later one that adds nothing. */
function idle(item: ListItem, index: number, items: readonly ListItem[]): Finding[] {
  const coverings = item.bounds.map((inner) =>
    items.find(
      ({ bounds }, other) =>
        other !== index &&
        bounds.some((outer) => covers(outer, inner) && (other < index || !isEqual(outer, inner))),
    ),
  )
  const [first] = coverings
  if (first === undefined || coverings.includes(undefined)) return []
  const also = [{ place: first.place, label: first.label }]
  if (!isSame(first, item)) {
    const others = new Set(coverings).size > 1 ? 'other entries cover' : `${first.label} already covers`
    return [found('L104', item.place, `${item.label} adds nothing: ${others} it`, { also })]
  }
  const message =
    first.text === item.text
      ? `${item.label} stands twice in this list`
      : `${item.label} means the same as ${first.label}`
  return [found('L104', item.place, message, { help: 'delete one', also, fix: { kind: 'delete' } })]
}

/** Two entries of one meaning, or one network named twice. */
const isSame = (a: ListItem, b: ListItem): boolean =>
  a.bounds.length === b.bounds.length &&
  a.bounds.every((bounds, at) => {
    const other = b.bounds[at]
    return other !== undefined && isEqual(bounds, other)
  })

/** L105. */
export const deniedEntries: LintRule = (subject) =>
  ownedLists(subject).flatMap(({ sources: { allow, deny } }) => {
    const denied = itemsOf(deny)
    const whole = union(denied.flatMap(({ bounds }) => bounds))
    return itemsOf(allow)
      .filter(({ bounds }) => bounds.every((inner) => whole.some((outer) => covers(outer, inner))))
      .map((item) => neverUsed(item, denied))
  })

function neverUsed(item: ListItem, denied: readonly ListItem[]): Finding {
  const one = denied.find(({ bounds }) =>
    item.bounds.every((inner) => bounds.some((outer) => covers(outer, inner))),
  )
  const by = one === undefined ? 'the deny_list' : `deny_list entry ${one.label}`
  return found('L105', item.place, `${item.label} can never be used: ${by} covers all of it`, {
    ...(one && { also: [{ place: one.place, label: one.label }] }),
  })
}

/** L107. Where every address is allowed, every deny entry counts. */
export const emptyDenials: LintRule = (subject) =>
  ownedLists(subject).flatMap(({ owner, sources: { allow, deny } }) =>
    isList(allow) ? uselessDenials(owner, itemsOf(allow), itemsOf(deny)) : [],
  )

const isList = (list: ListSource | undefined): boolean => list !== undefined && list.entries !== 'any'

function uselessDenials(owner: string, allowed: readonly ListItem[], denied: readonly ListItem[]): Finding[] {
  const open = allowed.flatMap(({ bounds }) => bounds)
  return denied
    .filter(({ bounds }) => !bounds.some((each) => open.some((other) => overlaps(each, other))))
    .map(({ label, place }) =>
      found('L107', place, `${label} denies nothing: the allow_list of ${owner} has no such address`, {
        help: 'delete it, or mend it if another address is meant',
      }),
    )
}
