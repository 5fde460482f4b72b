/** Golden cases: policies beside what comes out of them. `UPDATE_GOLDEN=1` rewrites the results; read them in review. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PolicyInput } from '../../src/policy/compile.ts'

export const GOLDEN = join(import.meta.dirname, '../golden/policy')

export type GoldenCase = {
  readonly name: string
  readonly inputs: readonly PolicyInput[]
  /** Without the folder: `NAME.txt` or `NAME.json`. */
  readonly resultFile: string
}

/** Every `NAME.yaml` and every folder of them. A case with a `NAME.json` must compile; the others must not. */
export const goldenCases = (): readonly GoldenCase[] =>
  readdirSync(GOLDEN)
    .filter((entry) => entry.endsWith('.yaml') || statSync(join(GOLDEN, entry)).isDirectory())
    .map((entry) => {
      const name = entry.replace(/\.yaml$/, '')
      const files = entry.endsWith('.yaml') ? [entry] : yamlBelow(name)
      const inputs = files.map((file) => ({
        path: file,
        name: file,
        bytes: readFileSync(join(GOLDEN, file)),
      }))
      const resultFile = existsSync(join(GOLDEN, `${name}.json`)) ? `${name}.json` : `${name}.txt`
      return { name, inputs, resultFile }
    })

const yamlBelow = (folder: string): readonly string[] =>
  readdirSync(join(GOLDEN, folder), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => `${folder}/${file}`)
    .toSorted()

/** The result as it was reviewed, after it was rewritten where that was asked for. */
export function reviewed(resultFile: string, actual: string): string {
  const file = join(GOLDEN, resultFile)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, actual)
  return readFileSync(file, 'utf8')
}
