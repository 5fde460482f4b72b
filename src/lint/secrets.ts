/** Rules about the life of a secret: L301, L302, L303, L305. */
import type { Millis } from '../base/time.ts'
import type { Defined } from '../policy/definitions.ts'
import { dateMillis } from '../policy/fields.ts'
import type { ClientBlock } from '../policy/schema-client.ts'
import { follow, placeOfValue } from '../source/cursor.ts'
import type { Place } from '../source/text.ts'
import { type Finding, found } from './finding.ts'
import type { LintRule } from './subject.ts'

const DAY: Millis = 86_400_000
const SOON = 30
/** With one secret only, a rotation that has not begun by now is late. */
const LATE = 10
/** A year, and time to rotate. */
const LONG = 400

export const secretLives: LintRule = ({ names, now }) =>
  names.clients.all.flatMap((client) => livesOf(client, now))

type Life = { readonly place: Place; readonly left: Millis }

function livesOf({ name, value, at }: Defined<ClientBlock>, now: Millis): Finding[] {
  if (!Array.isArray(value.secrets)) return []
  const lives = value.secrets.map(
    ({ expires }, index): Life => ({
      place: placeOfValue(follow(at, 'secrets', index, 'expires')),
      left: (dateMillis(expires) ?? 0) - now,
    }),
  )
  const live = lives.filter(({ left }) => left > 0).length
  return lives.flatMap((life) => judged(name, life, live))
}

function judged(client: string, { place, left }: Life, live: number): Finding[] {
  const another = `\`sallyport client new-secret ${client}\` makes another`
  if (left <= 0) {
    const message = `secret of \`${client}\` expired ${ago(-left)} and is no longer accepted`
    return [found('L301', place, message, { help: live > 0 ? 'delete the entry' : another })]
  }
  if (left <= LATE * DAY && live === 1) {
    const message = `the only live secret of \`${client}\` expires ${ahead(left)}, and none follows it`
    return [
      found('L305', place, message, { help: `${another}; both are accepted until the old one expires` }),
    ]
  }
  if (left <= SOON * DAY) {
    const help = live > 1 ? 'delete the entry once nobody uses it' : another
    return [found('L302', place, `secret of \`${client}\` expires ${ahead(left)}`, { help })]
  }
  if (left > LONG * DAY) {
    const days = Math.floor(left / DAY)
    return [
      found('L303', place, `secret of \`${client}\` lives for another ${days} days`, {
        help: `write a date within ${LONG} days: a secret that leaked is good for so long`,
      }),
    ]
  }
  return []
}

const days = (time: Millis): number => Math.floor(time / DAY)

const ago = (time: Millis): string =>
  days(time) === 0 ? 'today' : days(time) === 1 ? 'a day ago' : `${days(time)} days ago`

const ahead = (time: Millis): string =>
  days(time) === 0 ? 'within a day' : days(time) === 1 ? 'in a day' : `in ${days(time)} days`
