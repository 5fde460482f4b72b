/** The policy files below some folders. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fail, ok, type Result } from '../base/result.ts'
import type { PolicyInput } from '../policy/compile.ts'
import { errorAt, type Problem } from '../source/problem.ts'

export type Unreadable = { readonly path: string; readonly why: string }

export type FoundFiles = {
  readonly inputs: readonly PolicyInput[]
  /** Files that look like policies and would not be read: a deny list in one would be missed. */
  readonly problems: readonly Problem[]
  readonly unreadable: readonly Unreadable[]
}

/**
 * Reads every `*.yaml` below the folders, each file once. Names that start with a dot are left out: `.schema`,
 * and what editors leave behind.
 *
 * @param dirs - folders, or single files; a folder that does not exist has no files
 */
export async function readFiles(dirs: readonly string[]): Promise<FoundFiles> {
  const found = (await Promise.all(dirs.map((dir) => filesBelow(dir, dirs.length > 1)))).flat()
  const seen = new Set<string>()
  const inputs: PolicyInput[] = []
  const problems: Problem[] = []
  const unreadable: Unreadable[] = []
  for (const { path, name } of found) {
    const real = await realpath(path).catch(() => path)
    if (seen.has(real)) continue
    seen.add(real)
    if (path.endsWith('.yml')) problems.push(wrongEnding(path))
    const bytes = await read(path)
    if (!bytes.ok) unreadable.push(bytes.error)
    else if (!path.endsWith('.yml')) inputs.push({ path, name, bytes: bytes.value })
  }
  return { inputs, problems, unreadable }
}

type Found = { readonly path: string; readonly name: string }

/** @param several - whether names need the folder in front of them to be told apart */
async function filesBelow(dir: string, several: boolean): Promise<Found[]> {
  const kind = await stat(dir).catch(() => undefined)
  if (kind === undefined) return []
  if (!kind.isDirectory()) return [{ path: dir, name: several ? dir : basename(dir) }]
  const names = await namesBelow(dir, '')
  return names.map((name) => ({ path: join(dir, name), name: several ? join(dir, name) : name }))
}

/** With `/` between folder and file, sorted. Linked folders are not entered, so there is no way around in a circle. */
async function namesBelow(dir: string, prefix: string): Promise<string[]> {
  const entries = await readdir(join(dir, prefix), { withFileTypes: true })
  const names = entries
    .filter(({ name }) => !name.startsWith('.'))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(async (entry) => {
      const name = `${prefix}${entry.name}`
      if (entry.isDirectory()) return namesBelow(dir, `${name}/`)
      return /\.ya?ml$/.test(name) ? [name] : []
    })
  return (await Promise.all(names)).flat()
}

async function read(path: string): Promise<Result<Uint8Array, Unreadable>> {
  try {
    return ok(await readFile(path))
  } catch (error) {
    return fail({ path, why: error instanceof Error ? error.message : String(error) })
  }
}

const wrongEnding = (path: string): Problem =>
  errorAt(
    'P0007',
    { file: path, line: 1, column: 1, length: 1 },
    'policy files end in `.yaml`, so this one would not be read',
    {
      help: `rename it to ${basename(path, '.yml')}.yaml`,
    },
  )
