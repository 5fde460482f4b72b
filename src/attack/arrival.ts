/** What arrived, put to the policy: whether its sender may do that, and whether the upstream is told the truth. */
import { formatAddress } from '../base/address.ts'
import { foldedName } from '../forwarding/names.ts'
import { type Attack, SPOOF, type Step, type Truth } from './attack.ts'
import type { Carried, Exchange, Finding } from './carried.ts'
import { forgivingPath, type Ruling } from './oracle.ts'
import type { Aim, Scene } from './scene.ts'
import { markOf, type Seen } from './seen.ts'

/** @returns nothing where the policy lets it through just as it arrived */
export async function ofArrival(
  seen: Seen,
  { step, mark }: Exchange,
  { attack }: Carried,
  scene: Scene,
): Promise<Finding[]> {
  const { aim } = attack
  const say = (meaning: string, came = `${seen.method} ${seen.target}`, row = attack.row): Finding => ({
    row,
    what: attack.what,
    upstream: aim.upstream.name,
    step,
    came,
    meaning,
  })
  if (seen.server === 'canary')
    return [say('the request, credentials and all, went to a server of the attacker')]
  const isHidden = markOf(seen) !== mark
  const truth: Truth = isHidden ? { address: step.truth.address } : step.truth
  const [path = ''] = seen.target.split('?')
  const full = aim.upstream.prefix + path
  const ruling = await scene.oracle({ method: seen.method, host: aim.host, path: full }, truth)
  const heard = ofHeaders(seen, ruling, step, aim).map(([came, meaning]) => say(meaning, came))
  if (!ruling.allowed) return [say(await unruly(full, ruling, truth, seen.method, attack, scene)), ...heard]
  if (step.never && !isHidden) return [say('it is ambiguous, and was decided on one reading of it'), ...heard]
  const written = ruling.path.slice(aim.upstream.prefix.length) || '/'
  return written === path ? heard : [say('the text that arrived is not the one that is matched'), ...heard]
}

/** In words, why the policy would not have let it through, and what it would have opened. */
async function unruly(
  path: string,
  { reason, route }: Extract<Ruling, { allowed: false }>,
  truth: Truth,
  method: string,
  { aim }: Attack,
  { oracle }: Scene,
): Promise<string> {
  const who = truth.client?.name ?? (truth.token === undefined ? 'nobody' : 'the holder of the token')
  const denied = `for ${who} the policy says ${reason}${route === undefined ? '' : ` at ${route}`}`
  const tidy = forgivingPath(path)
  const served = await oracle({ method, host: aim.host, path: tidy }, truth)
  if (served.allowed || tidy === path || served.route === undefined) return denied
  return `${denied}; an upstream that tidies paths serves ${tidy}, which is ${served.route}`
}

/** Header lines that should not be there, and those that should. */
function ofHeaders(
  { headers }: Seen,
  ruling: Ruling,
  { needs = [], absent = [], truth }: Step,
  { upstream }: Aim,
): readonly (readonly [came: string, meaning: string])[] {
  const valuesOf = (name: string) =>
    headers.filter(([each]) => foldedName(each) === name).map(([, value]) => value)
  const spoofed = headers.filter(([, value]) => value.includes(SPOOF))
  const names = valuesOf('x-sallyport-client')
  const own = ruling.allowed ? ruling.client : undefined
  const isTold = names.length === (own === undefined ? 0 : 1) && names[0] === own
  const hasBoth = valuesOf('content-length').length > 0 && valuesOf('transfer-encoding').length > 0
  // Cloudflare gives requests of a Worker an address of its own; the caller's is what must not go on.
  const home = truth.address && formatAddress(truth.address)
  const isTaken = [
    ...(upstream.authorization === 'remove' && valuesOf('authorization').length > 0 ? ['authorization'] : []),
    ...(home !== undefined && valuesOf('cf-connecting-ip').includes(home) ? ['cf-connecting-ip'] : []),
  ]
  return [
    ...spoofed.map(
      ([name]) => [`${name}: ${SPOOF}`, 'the upstream may take it for the gateway’s own word'] as const,
    ),
    ...(ruling.allowed && !isTold
      ? [
          [
            `X-Sallyport-Client: ${names.join(', ') || '(none)'}`,
            `the upstream should be told: ${own ?? 'nobody'}`,
          ] as const,
        ]
      : []),
    ...(hasBoth
      ? [['Content-Length and Transfer-Encoding', 'the upstream chooses where the request ends'] as const]
      : []),
    ...isTaken.map(
      (name) => [`${name}: (hidden)`, 'it is for the gateway, and the policy keeps it there'] as const,
    ),
    ...absent
      .filter((name) => valuesOf(name).length > 0)
      .map(
        (name) =>
          [
            `${name}: ${valuesOf(name).join(', ')}`,
            'it changes what the rest of the connection means',
          ] as const,
      ),
    ...needs
      .filter((name) => valuesOf(name).length === 0)
      .map((name) => [`no ${name}`, 'the caller had a header of the gateway’s removed'] as const),
  ]
}
