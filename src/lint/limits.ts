/** L601: a rate group that does not say what it seems to say. */
import { follow, placeOfValue } from '../source/cursor.ts'
import { found } from './finding.ts'
import type { LintRule } from './subject.ts'

export const oddLimits: LintRule = ({ names }) =>
  names.rateGroups.all.flatMap(({ name, value: { rate, burst, period, average }, at }) => {
    const burstAbove = `rate group \`${name}\` lets ${burst} through at once and gives back ${rate} per ${period}`
    const averageAbove = `the average of rate group \`${name}\` is above its rate, so it never counts`
    return [
      ...(burst > rate
        ? [found('L601', placeOfValue(follow(at, 'burst')), burstAbove, { help: `write at most ${rate}` })]
        : []),
      ...(average !== undefined && average.rate > rate
        ? [
            found('L601', placeOfValue(follow(at, 'average', 'rate')), averageAbove, {
              help: `write at most ${rate}, or leave the average out`,
            }),
          ]
        : []),
    ]
  })
