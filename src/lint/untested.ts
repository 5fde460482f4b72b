/** L701: what opens most is what a test should be about. */
import type { CompiledPolicy } from '../policy/model.ts'
import type { PolicyTest } from '../policy/test-case.ts'
import { placeOfKey } from '../source/cursor.ts'
import { found } from './finding.ts'
import type { LintRule } from './subject.ts'

export const untestedPowers: LintRule = ({ policy, names, tests }) => {
  const used = new Set(tests.flatMap((test) => featuresIn(test, policy)))
  const powerful = names.units.all.flatMap(({ value }) =>
    value.features.all.filter((each) => each.value.powerful),
  )
  return powerful
    .filter(({ name }) => !used.has(name))
    .map(({ name, at }) =>
      found('L701', placeOfKey(at), `the powerful feature \`${name}\` is used by no test`, {
        help: 'test that it opens what it should, and that without it the same is denied',
      }),
    )
}

/** By its name: a table names features, and a test of a client uses all that the client has. */
function featuresIn(test: PolicyTest, { clients }: CompiledPolicy): readonly string[] {
  if (test.kind === 'table') {
    return test.cells.filter(({ expect }) => expect !== 'unchecked').map(({ feature }) => feature)
  }
  if (test.kind === 'allow_list') return []
  return clients.find(({ name }) => name === test.caller.client)?.features ?? []
}
