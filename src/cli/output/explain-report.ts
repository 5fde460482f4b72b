/** What `sallyport explain` prints. */
import { formatAddress } from '../../base/address.ts'
import type { ClientConfig } from '../../clients/config.ts'
import type { Explanation } from '../../explain/explain.ts'
import type { Question } from '../../explain/question.ts'
import type { ReachableRow } from '../../explain/reachable.ts'
import type { WhoMay } from '../../explain/who-may.ts'
import type { CompiledPolicy } from '../../policy/model.ts'
import { printable } from '../../source/frame.ts'
import { columns } from './columns.ts'
import { type Colors, counted } from './report.ts'
import { stepsText } from './steps-text.ts'

/** Who has more clients than these reads the JSON. */
const MAX_NAMES = 20

const headColors = { allowed: 'green', denied: 'red', may: 'yellow' } as const
const heads = { allowed: 'ALLOWED', denied: 'DENIED', may: 'MAY' } as const

/** @param notes - lines on what could not be known */
export function renderExplanation(
  question: Question,
  explanation: Explanation,
  colors: Colors,
  notes: readonly string[] = [],
): string {
  const { outcome, reason, steps, nearest, whoMay, wouldDeny = [] } = explanation
  const head = colors.bold(colors[headColors[outcome]](heads[outcome]))
  const reports = wouldDeny.length === 0 ? [] : [`would_deny ${wouldDeny.join(', ')}`]
  const title = [reason === undefined ? head : `${head} ${reason}`, ...reports, ...askedTexts(question)].join(
    '  ',
  )
  const after = [
    ...(whoMay === undefined ? [] : [`who may: ${whoMayText(whoMay)}`]),
    ...(nearest === undefined || nearest.length === 0 ? [] : [`nearest paths: ${nearest.join(', ')}`]),
    ...notes.map((note) => `note: ${note}`),
  ]
  const rest = after.map((line) => `  ${printable(line)}\n`).join('')
  return `${title}\n\n${stepsText(steps, colors)}\n${rest === '' ? '' : `\n${rest}`}`
}

function askedTexts({ request, client, token, scopes, from }: Question): readonly string[] {
  return [
    printable(request.text),
    ...(client === undefined ? [] : [`as ${client}`]),
    ...(token === undefined ? [] : [`with a token of ${token}`]),
    ...(scopes === undefined ? [] : [scopesText(scopes)]),
    ...(from === undefined ? [] : [`from ${addressText(from)}`]),
  ]
}

const scopesText = (scopes: readonly string[]): string =>
  scopes.length === 0 ? 'without scopes' : `with scopes ${printable(scopes.join(', '))}`

export const addressText = (from: NonNullable<Question['from']>): string =>
  from === 'unreadable' ? 'no readable address' : formatAddress(from)

function whoMayText({ clients, tokens }: WhoMay): string {
  const more = clients.length - MAX_NAMES
  const names = [
    ...clients.slice(0, MAX_NAMES),
    ...(more > 0 ? [`${counted(more, 'other client')}`] : []),
    ...(tokens === undefined ? [] : [tokens]),
  ]
  return names.length === 0 ? 'nobody' : names.join(', ')
}

/** The table of what a client can reach. */
export function renderReachable(
  client: ClientConfig,
  rows: readonly ReachableRow[],
  policy: CompiledPolicy,
  colors: Colors,
): string {
  const upstreams = client.upstreams.flatMap((index) => policy.upstreams[index]?.name ?? [])
  const features = client.features.length === 0 ? 'no features' : `features ${client.features.join(', ')}`
  const state = client.enabled ? [] : [colors.red('disabled')]
  const head = [colors.bold(client.name), `client of ${upstreams.join(', ')}`, features, ...state].join('  ')
  const own = rows.filter(({ asClient }) => asClient)
  const others = new Set(rows.filter(({ asClient }) => !asClient).map(({ route }) => route))
  const rest =
    others.size === 0
      ? ''
      : `\n  open to others too, who need not be this client: ${[...others].join(', ')}\n`
  if (own.length === 0) return `${head}\n\n  can reach nothing as itself\n${rest}`
  const pairs = own.reduce((sum, { methods }) => sum + methods.length, 0)
  return `${head}\n\n${reachableTable(own)}\n  ${counted(pairs, 'route/method pair')}\n${rest}`
}

const reachableTable = (rows: readonly ReachableRow[]): string =>
  columns(
    [
      ['ROUTE', 'METHODS', 'FROM', 'RATE GROUP', 'PATHS'],
      ...rows.map(({ route, methods, scopes, from, rateGroup, paths }) => [
        route,
        methods.join(',') + (scopes === undefined ? '' : `\nwith scope ${scopes.join('\nor ')}`),
        from.replaceAll(', ', ',\n'),
        rateGroup,
        paths.join('\n'),
      ]),
    ],
    '  ',
  )
