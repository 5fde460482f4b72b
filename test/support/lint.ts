/** Policies as the pages of docs/lint have them: an example that is added to docs/lint/base.yaml. */
import { readFileSync } from 'node:fs'
import { type Linted, lint } from '../../src/lint/lint.ts'
import { type Compiled, compileTexts } from '../../src/policy/compile.ts'
import { NOW } from './cli.ts'

const base = readFileSync('docs/lint/base.yaml', 'utf8')

/** Which a policy has once. In the other blocks the entries of an example come after those of the base. */
const SINGLE = ['policy_format', 'gateway', 'upstream']

/** @param example - some blocks of a policy file */
export function withBase(example: string): string {
  const blocks = new Map<string, string>()
  for (const text of [base, example]) {
    for (const [whole, name = '', body = ''] of text.matchAll(/^([a-z_]+):(.*\n(?:[ #].*\n|\n)*)/gm)) {
      const known = blocks.get(name)
      const isNew = known === undefined || SINGLE.includes(name)
      blocks.set(name, isNew ? whole : known + body.slice(body.indexOf('\n') + 1))
    }
  }
  return [...blocks.values()].join('')
}

/**
 * Documentation ranges are what a page should show and what L108 finds, so addresses that somebody may have stand in
 * for them.
 */
export const withRealAddresses = (text: string): string =>
  text
    .replaceAll('198.51.100.', '51.15.100.')
    .replaceAll('203.0.113.', '53.0.113.')
    .replaceAll('192.0.2.', '52.0.2.')
    .replaceAll('2001:db8:', '2a01:db8:')

/** Throws with every problem where the texts do not load. */
export async function linted(texts: Readonly<Record<string, string>>, now = NOW): Promise<Linted> {
  const { policy, sources, names, tests, files, problems }: Compiled = await compileTexts(texts)
  if (!policy || !sources || !names) throw new Error(JSON.stringify(problems, undefined, 2))
  return lint({ policy, sources, names, tests, files, now })
}
