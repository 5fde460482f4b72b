/** Every attack of docs/threats.md that can be made from outside, for one policy. */
import type { Attack } from '../attack.ts'
import type { Scene } from '../scene.ts'
import { addressAttacks } from './addresses.ts'
import { credentialAttacks } from './credentials.ts'
import { framingAttacks } from './framing.ts'
import { headerAttacks } from './headers.ts'
import { limitAttacks } from './limits.ts'
import { methodAttacks } from './methods.ts'
import { pathAttacks } from './paths.ts'
import { tokenAttacks } from './tokens.ts'

/**
 * Those that use up a limit come last, since whatever follows them could be refused for that.
 *
 * @param host - of the Host line
 */
export async function attacksOn(scene: Scene, host: string): Promise<readonly Attack[]> {
  return [
    ...pathAttacks(scene, host),
    ...methodAttacks(scene),
    ...addressAttacks(scene),
    ...headerAttacks(scene),
    ...credentialAttacks(scene),
    ...(await tokenAttacks(scene)),
    ...framingAttacks(scene, host),
    ...(await limitAttacks(scene)),
  ]
}

/** The families of threats, by the letter of their rows, in the order of the report. */
export const families: Readonly<Record<string, string>> = {
  P: 'path',
  M: 'method',
  A: 'client address',
  H: 'headers that carry identity',
  T: 'credentials and tokens',
  R: 'rate limits',
  F: 'framing',
  L: 'policy',
}

/** What to do about a finding of a family, for the person who runs the gateway. */
export const remedies: Readonly<Record<string, string>> = {
  P: 'Match one canonical path and forward exactly that text; refuse what can be read in two ways. In front of the gateway, switch off whatever rewrites paths.',
  M: 'Refuse methods that the route does not list, treat HEAD as GET, and drop headers that name another method.',
  A: 'Take the address from the one header that the platform or your proxy sets, and let that proxy drop what callers send. Without one readable address, deny.',
  H: 'Delete the fields that the upstream takes for the gateway’s own, in every spelling, and set them after the decision. Remove what the upstream says of itself.',
  T: 'Verify with what the policy says, never with what the credential says; compare whole values; remember no decision; cache no answer.',
  R: 'Count by canonical values of the policy in one place, charge failures to their address, and give every caller some bucket.',
  F: 'Refuse a request that has two lengths or an unclear one, and frame the forwarded request anew.',
  L: 'Check that the deployed policy is the one given to this command, and that a policy that does not load closes its routes.',
}
