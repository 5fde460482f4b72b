/** What an answer must not say, whoever asked (threats A15, H8, T14). */
import { formatAddress } from '../base/address.ts'
import { type Answer, headerOf } from './answer.ts'
import type { Scene } from './scene.ts'
import { planted } from './seen.ts'

export type Leak = { readonly row: string; readonly what: string; readonly came: string }

/** Traces of a program: where it is, what it is made of, what went wrong in it. */
const INTERNALS =
  /\n\s+at .+[:(]\d+|\b(?:Type|Range|Reference|Syntax|Eval|URI)?Error: |node_modules|[\w-]\.(?:ts|mjs|cjs|js|py|go|java):\d+|Traceback|goroutine \d+/

/** Texts shorter than this stand in too many innocent words. */
const MIN_CHARACTERS = 5

/**
 * @param scene - whose policy, clients and addresses no answer may name
 * @returns a function that reads one answer
 */
export function leakReader(scene: Scene): (answer: Answer, arrived: boolean) => readonly Leak[] {
  const inside = insidesOf(scene)
  return (answer, arrived) => [...ofUpstream(answer), ...(arrived ? [] : ofRefusal(answer, inside))]
}

/** Names and addresses of the policy, but for what the policy itself writes into its error bodies. */
function insidesOf({ policy, armed, aims }: Scene): readonly string[] {
  const written = JSON.stringify(policy.faultTables)
  const homes = aims.flatMap(({ holder }) => (holder?.address ? [formatAddress(holder.address)] : []))
  const names = [
    ...policy.clients.flatMap(({ name, secrets }) => [
      name,
      ...(typeof secrets === 'string' ? [] : secrets.map(({ sha256 }) => sha256)),
    ]),
    ...armed.map(({ secret }) => secret),
    ...homes,
    ...policy.routes.map(({ at }) => at),
  ]
  return [...new Set(names)].filter((name) => name.length >= MIN_CHARACTERS && !written.includes(name))
}

/** By value too: Cloudflare has a `Server` of its own, and that tells nothing of the upstream. */
function ofUpstream(answer: Answer): Leak[] {
  return planted.flatMap(([name, value]) =>
    answer.headers.some(([each, sent]) => each === name && sent.includes(value))
      ? [{ row: 'H8', what: 'a header of the upstream’s own comes through', came: `${name}: ${value}` }]
      : [],
  )
}

/**
 * Refusals of the gateway itself have a request id; what the runtime or a proxy refuses has none, and says what it says. Both must
 * not tell of the inside.
 */
function ofRefusal(answer: Answer, inside: readonly string[]): Leak[] {
  const text = `${answer.headers.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n${answer.body}`
  const trace = INTERNALS.exec(text)?.[0]?.trim()
  const named = inside.find((name) => text.includes(name))
  const isOurs = headerOf(answer, 'x-request-id') !== undefined
  const isStored = isOurs && answer.status >= 400 && headerOf(answer, 'cache-control') !== 'no-store'
  const isBare = answer.status === 429 && isOurs && !/^[1-9]\d*$/.test(headerOf(answer, 'retry-after') ?? '')
  return [
    ...(trace === undefined
      ? []
      : [{ row: 'T14', what: 'a refusal shows the program’s inside', came: trace }]),
    ...(named === undefined
      ? []
      : [{ row: 'A15', what: 'a refusal names what only the policy knows', came: named }]),
    ...(isStored
      ? [
          {
            row: 'T16',
            what: 'a refusal may be stored by a cache',
            came: `${answer.status} without Cache-Control: no-store`,
          },
        ]
      : []),
    ...(isBare
      ? [
          {
            row: 'R7',
            what: 'a 429 does not say when to come back',
            came: '429 without a Retry-After of whole seconds',
          },
        ]
      : []),
  ]
}
