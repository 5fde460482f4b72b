/** An upstream with what belongs to it alone: its words, its caller sets and its routes, all in one file. */
import { type Cursor, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { didYouMean } from '../source/near.ts'
import { addAll, errorAt, type Problem } from '../source/problem.ts'
import { type Defined, type Dictionary, damagedNames, dictionary, entriesOf } from './definitions.ts'
import type { PolicyFile } from './file.ts'
import type { FeatureField, RouteBlock, UpstreamBlock } from './schema.ts'

/** A feature in one of its two spellings. */
export type FeatureBlock = {
  readonly description: string
  /** Opens so much that `lint` wants its clients to call from few places. */
  readonly powerful: boolean
}

export type Unit = {
  readonly upstream: UpstreamBlock
  readonly features: Dictionary<FeatureBlock>
  /** The block that they stand in. */
  readonly featuresAt: Cursor
  readonly callerSets: Dictionary<readonly string[]>
  readonly routes: Dictionary<RouteBlock>
}

const OWNED_BLOCKS = ['client_features', 'caller_sets', 'routes'] as const

/** Words that mean something else wherever a feature or a caller set may stand. */
const RESERVED = ['anyone', 'authenticated', 'scope']

/** Finds the upstreams, and reports what belongs to none. */
export function readUnits(files: readonly PolicyFile[], problems: Problem[]): Dictionary<Unit> {
  const units = files.flatMap((file) => unitOf(file, problems))
  return dictionary(units, damagedNames(files, 'upstream'), 'upstream', problems)
}

function unitOf(file: PolicyFile, problems: Problem[]): Defined<Unit>[] {
  const { upstream, client_features, caller_sets, routes } = file.document
  if (upstream === undefined) {
    if (!file.damaged.has('upstream')) addAll(problems, blocksOfNobody(file))
    return []
  }
  const own = <T>(block: string, entries: Readonly<Record<string, T>> | undefined, kind: string) =>
    dictionary(entriesOf(file, block, entries), damagedNames([file], block), kind, problems)
  const value = {
    upstream,
    features: own('client_features', mapped(client_features, featureOf), 'feature'),
    featuresAt: follow(file.root, 'client_features'),
    callerSets: own('caller_sets', caller_sets, 'caller set'),
    routes: own('routes', routes, 'route'),
  }
  addAll(problems, reservedWords(value))
  addAll(problems, setsNamedAsFeatures(value))
  return [{ name: upstream.name, value, at: follow(file.root, 'upstream') }]
}

const featureOf = (field: FeatureField): FeatureBlock =>
  typeof field === 'string'
    ? { description: field, powerful: false }
    : { description: field.description, powerful: field.powerful ?? false }

const mapped = <T, U>(
  entries: Readonly<Record<string, T>> | undefined,
  read: (value: T) => U,
): Readonly<Record<string, U>> =>
  Object.fromEntries(Object.entries(entries ?? {}).map(([name, value]) => [name, read(value)]))

function blocksOfNobody({ root, document }: PolicyFile): Problem[] {
  return OWNED_BLOCKS.filter((block) => document[block] !== undefined).map((block) =>
    errorAt(
      'P0202',
      placeOfKey(follow(root, block)),
      `\`${block}\` belongs to an upstream, and this file has none`,
      {
        help: 'move it to the file with the `upstream:` it belongs to',
      },
    ),
  )
}

const reservedWords = ({ features, callerSets }: Unit): Problem[] =>
  [...features.all, ...callerSets.all]
    .filter(({ name }) => RESERVED.includes(name))
    .map(({ name, at }) =>
      errorAt('P0105', placeOfKey(at), `\`${name}\` has a meaning of its own and cannot be a name`),
    )

/** Both may stand under `callers:`, so one word must not be both. */
const setsNamedAsFeatures = ({ features, callerSets }: Unit): Problem[] =>
  callerSets.all.flatMap(({ name, at }) => {
    const feature = features.find(name)
    if (feature === undefined) return []
    return errorAt('P0201', placeOfKey(at), `\`${name}\` is a feature and a caller set`, {
      help: 'rename the set; a plural reads well',
      also: [{ place: placeOfKey(feature.at), label: 'the feature' }],
    })
  })

/** A word that should be a feature of one of the upstreams: a problem, or nothing. */
export function unknownFeature(word: string, units: readonly Defined<Unit>[], at: Cursor): Problem[] {
  if (units.length === 0 || units.some(({ value }) => value.features.knows(word))) return []
  const names = units.map(({ name }) => name).join(' or ')
  const known = units.flatMap(({ value }) => value.features.all.map(({ name }) => name))
  const help = known.length > 0 ? didYouMean(word, known) : { help: 'name it under `client_features:`' }
  return [errorAt('P0302', placeOfValue(at), `\`${word}\` is not a feature of ${names}`, help)]
}
