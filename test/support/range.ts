/** The range of `attack` as a policy of its own, with the secrets and keys of one run. */
import { randomBytes } from 'node:crypto'
import { newRange, RANGE } from '../../src/attack/range.ts'
import { compileFiles } from '../../src/policy/compile.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { gatewayYaml } from './example.ts'
import type { Inside } from './naive/holes-credentials.ts'

export type RangeOfTest = {
  readonly policy: CompiledPolicy
  readonly inside: Inside
  /** By name, as files of a folder. */
  readonly texts: Readonly<Record<string, string>>
}

export async function rangeOfTest(): Promise<RangeOfTest> {
  const range = await newRange(randomBytes, () => Date.now())
  const texts = {
    'gateway.yaml': gatewayYaml,
    [range.input.name]: new TextDecoder().decode(range.input.bytes),
  }
  const inputs = Object.entries(texts).map(([name, text]) => ({
    path: name,
    name,
    bytes: new TextEncoder().encode(text),
  }))
  const { policy } = await compileFiles(inputs, { origins: new Map([[RANGE, 'http://127.0.0.1:1']]) })
  if (policy === undefined) throw new Error('the range does not compile')
  return { policy, inside: { armed: range.armed(policy), signers: range.signers(policy) }, texts }
}
