/**
 * Policy files to the compiled policy, or to every mistake in them. Pure: no file is opened and no clock is read.
 *
 * The steps: bytes to text, text to nodes with places, nodes against the schema, all files joined by name, names
 * and meaning checked while the compiled form is put together. Without an error there is a policy.
 */

import { placeOfKey } from '../source/cursor.ts'
import { addAll, type Problem, sortedProblems } from '../source/problem.ts'
import { readText } from '../source/read.ts'
import type { SourceText } from '../source/text.ts'
import { type ReadClient, readClients } from './clients.ts'
import { digestOf } from './digest.ts'
import { readFaults } from './faults.ts'
import { type PolicyFile, readPolicyFile } from './file.ts'
import { type GatewaySettings, readGateway } from './gateway.ts'
import { readInvariants } from './invariants.ts'
import { readNetworks } from './lists.ts'
import type { CompiledPolicy } from './model.ts'
import { type Names, readNames } from './names.ts'
import type { OriginOverrides } from './origins.ts'
import { readRateGroup } from './rate-groups.ts'
import type { Sources } from './sources.ts'
import type { Invariant, PolicyTest } from './test-case.ts'
import { readTests } from './tests.ts'
import { readToken } from './tokens.ts'
import { type ReadUpstream, readUpstreams } from './upstreams.ts'

export type PolicyInput = {
  /** As messages show it: policies/upstreams/verify.yaml. */
  readonly path: string
  /** As the compiled policy and the log name it: upstreams/verify.yaml. */
  readonly name: string
  readonly bytes: Uint8Array
}

export type CompileOptions = {
  /** Addresses that replace the policy's: by upstream for all its origins, by `upstream.origin` for one. */
  readonly origins?: OriginOverrides
  /** Lets clients through that have a published secret of the demonstration. */
  readonly demo?: boolean
  /** Of two compiled policies the one with the higher number is the newer one. 0 when not given. */
  readonly sequence?: number
}

export type Compiled = {
  /** The files that are text, sorted by path. */
  readonly files: readonly SourceText[]
  /** Sorted; empty for a policy without mistakes. */
  readonly problems: readonly Problem[]
  /** Present unless a problem is an error. */
  readonly policy?: CompiledPolicy
  /** Present with `policy`. */
  readonly sources?: Sources
  /** Everything that the files define, as it is written. Present with `policy`. */
  readonly names?: Names
  readonly tests: readonly PolicyTest[]
  readonly invariants: readonly Invariant[]
}

/** @param inputs - in any order; what is in them decides, and never the order */
export async function compileFiles(
  inputs: readonly PolicyInput[],
  options: CompileOptions = {},
): Promise<Compiled> {
  const problems: Problem[] = []
  const files = readAll(inputs, problems)
  const readings = files.map(readPolicyFile)
  addAll(
    problems,
    readings.flatMap((reading) => reading.problems),
  )
  const usable = readings.flatMap(({ file }) => file ?? [])
  // A file that could not be read at all may define anything, so nothing can be said of names that seem to be missing.
  const isWhole = usable.length === inputs.length
  if (!isWhole) return { files, problems: sortedProblems(problems), tests: [], invariants: [] }
  const meaning = await readMeaning(usable, options, problems)
  const sorted = sortedProblems(problems)
  const { tests, invariants, policy, sources, names } = meaning
  const isGood = sorted.every(({ severity }) => severity !== 'error')
  return { files, problems: sorted, tests, invariants, ...(isGood && { policy, sources, names }) }
}

/** For tests: texts by file name. */
export const compileTexts = (
  texts: Readonly<Record<string, string>>,
  options: CompileOptions = {},
): Promise<Compiled> =>
  compileFiles(
    Object.entries(texts).map(([name, text]) => ({
      path: name,
      name,
      bytes: new TextEncoder().encode(text),
    })),
    options,
  )

/** Sorted by path, so that of two definitions the same one is always the first. */
function readAll(inputs: readonly PolicyInput[], problems: Problem[]): SourceText[] {
  return inputs
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .flatMap(({ path, name, bytes }) => {
      const text = readText(path, name, bytes)
      if (text.ok) return text.value
      addAll(problems, text.error)
      return []
    })
}

type Meaning = {
  readonly policy: CompiledPolicy
  readonly sources: Sources
  readonly names: Names
  readonly tests: readonly PolicyTest[]
  readonly invariants: readonly Invariant[]
}

async function readMeaning(
  files: readonly PolicyFile[],
  { origins = new Map(), demo = false, sequence = 0 }: CompileOptions,
  problems: Problem[],
): Promise<Meaning> {
  const named = readNames(files, problems)
  const gateway = readGateway(files, named.rateGroups, problems)
  const networks = readNetworks(named.networks, problems)
  const faults = readFaults(named.errorBodies, problems)
  const names = { ...named, networks, gateway, faults }
  const upstreams = readUpstreams(named.units, names, origins, problems)
  const clients = readClients(named.clients, { networks, units: named.units, demo }, problems)
  const unsigned = {
    policyFormat: 1 as const,
    sequence,
    ...settingsOf(gateway),
    upstreams: upstreams.map(({ config }) => config),
    routes: upstreams.flatMap(({ routes }) => routes.map(({ config }) => config)),
    clients: clients.map(({ config }) => config),
    rateGroups: named.rateGroups.all.map((group) => readRateGroup(group, problems)),
    tokens: named.tokens.all.map((token) => readToken(token, problems)),
    faultTables: faults.tables,
  }
  const policy = { ...unsigned, digest: await digestOf(unsigned) }
  return {
    policy,
    sources: sourcesOf(upstreams, clients, named, gateway),
    names: named,
    tests: readTests(files, named, problems),
    invariants: readInvariants(files, named, problems),
  }
}

const settingsOf = ({ decisionLog, failedAuth, limiter }: GatewaySettings) => ({
  decisionLog,
  failedAuth,
  ...(Object.keys(limiter).length > 0 && { limiter }),
})

function sourcesOf(
  upstreams: readonly ReadUpstream[],
  clients: readonly ReadClient[],
  { rateGroups, tokens }: Names,
  { defaultRateGroup }: GatewaySettings,
): Sources {
  const routes = upstreams.flatMap((upstream) => upstream.routes)
  return {
    upstreams: new Map(upstreams.map(({ config, source }) => [config.name, source])),
    routes: new Map(routes.map(({ config, source }) => [config.id, source])),
    clients: new Map(clients.map(({ config, source }) => [config.name, source])),
    rateGroups: new Map(rateGroups.all.map(({ name, at }) => [name, placeOfKey(at)])),
    ...(defaultRateGroup && { defaultRateGroup: defaultRateGroup.name }),
    tokens: new Map(tokens.all.map(({ name, at }) => [name, placeOfKey(at)])),
  }
}
