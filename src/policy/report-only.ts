/** `report_only:` of a route, a client or a rate group. */
import type { ReportOnly } from '../decision/report-only.ts'
import { follow, placeOfKey } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { Defined } from './definitions.ts'
import { dateMillis } from './fields.ts'
import type { ClientBlock } from './schema-client.ts'

type Block = { readonly report_only?: { readonly until: string } | undefined }

/** A date that the calendar does not have was refused with the form of the file. */
export const readReportOnly = ({ report_only: block }: Block): ReportOnly =>
  block === undefined ? {} : { reportOnlyUntil: dateMillis(block.until) ?? 0 }

/** Of a client only the lists are tried out. One that may call from everywhere has none, and the line would promise more. */
export function checkReportOnly({ name, value, at }: Defined<ClientBlock>): Problem[] {
  const { report_only: block, allow_list: allowed, deny_list: denied } = value
  if (block === undefined || allowed !== 'any' || denied !== undefined) return []
  const message = `${name} may call from everywhere, so its lists refuse nobody that could be reported`
  return [
    errorAt('P0321', placeOfKey(follow(at, 'report_only')), message, {
      help: 'delete the line, or write the lists that are to be tried out',
    }),
  ]
}
