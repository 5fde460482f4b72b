/** L502: a trial that is over. L501, one without an end, does not load (P0104). */
import type { Millis } from '../base/time.ts'
import type { Defined } from '../policy/definitions.ts'
import { dateMillis } from '../policy/fields.ts'
import { follow, placeOfValue } from '../source/cursor.ts'
import { type Finding, found } from './finding.ts'
import type { LintRule } from './subject.ts'

type Block = { readonly report_only?: { readonly until: string } | undefined }

export const endedTrials: LintRule = ({ names: { units, clients, rateGroups }, now }) => [
  ...units.all.flatMap((unit) =>
    unit.value.routes.all.flatMap((route) => ended(route, `route \`${unit.name}/${route.name}\``, now)),
  ),
  ...clients.all.flatMap((client) => ended(client, `the lists of \`${client.name}\``, now)),
  ...rateGroups.all.flatMap((group) => ended(group, `rate group \`${group.name}\``, now)),
]

function ended({ value, at }: Defined<Block>, what: string, now: Millis): Finding[] {
  const { until } = value.report_only ?? {}
  if (until === undefined || (dateMillis(until) ?? 0) > now) return []
  const place = placeOfValue(follow(at, 'report_only', 'until'))
  return [
    found('L502', place, `the trial of ${what} ended on ${until}, and it refuses since then`, {
      help: 'delete `report_only`; where the trial must go on, agree on a later date',
    }),
  ]
}
