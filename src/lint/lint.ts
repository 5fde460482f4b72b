/**
 * Wisdom about a policy that loads: what is wider, older or idler than was probably meant. Pure: the time is given.
 */
import {
  clientsWithoutRoutes,
  powerfulFromAnywhere,
  sharedCredentials,
  uncheckedSignatures,
} from './clients.ts'
import { foreignWorkers, oddSpellings, specialEntries, wideEntries } from './entries.ts'
import { withoutExceptions } from './exceptions.ts'
import { type Finding, sortedFindings } from './finding.ts'
import { oddLimits } from './limits.ts'
import { deniedEntries, emptyDenials, idleEntries, oneFamily } from './lists-as-wholes.ts'
import { crossingRoutes, unreachedRoutes } from './paths.ts'
import { changersWhoMayNotRead, ignoredLists, openChanges } from './routes.ts'
import { secretLives } from './secrets.ts'
import type { LintRule, Subject } from './subject.ts'
import { endedTrials } from './trials.ts'
import { untestedPowers } from './untested.ts'
import { unusedCallerSets, unusedFeatures, unusedNetworks, unusedRateGroups, unusedTokens } from './unused.ts'

export type Linted = {
  /** Of all levels, worst first; without what the policy excepts. */
  readonly findings: readonly Finding[]
  /** How many an exception took out. */
  readonly excepted: number
}

/** In the order of their codes. */
const rules: readonly LintRule[] = [
  powerfulFromAnywhere,
  wideEntries,
  oneFamily,
  idleEntries,
  deniedEntries,
  oddSpellings,
  emptyDenials,
  specialEntries,
  foreignWorkers,
  clientsWithoutRoutes,
  unusedFeatures,
  unusedRateGroups,
  unusedNetworks,
  unusedCallerSets,
  unusedTokens,
  secretLives,
  sharedCredentials,
  uncheckedSignatures,
  ignoredLists,
  crossingRoutes,
  unreachedRoutes,
  openChanges,
  changersWhoMayNotRead,
  endedTrials,
  oddLimits,
  untestedPowers,
]

/** Runs every rule. Never throws for a policy that was compiled. */
export function lint(subject: Subject): Linted {
  const all = sortedFindings(rules.flatMap((rule) => rule(subject)))
  const { findings, count } = withoutExceptions(all, subject.files, subject.now)
  return { findings: sortedFindings(findings), excepted: count }
}
