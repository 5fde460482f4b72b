/** Folders to a compiled policy: what every verb does first. */
import { createColors } from 'picocolors'
import { fail, ok, type Result } from '../base/result.ts'
import { type Compiled, type CompileOptions, compileFiles } from '../policy/compile.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import type { Names } from '../policy/names.ts'
import type { Sources } from '../policy/sources.ts'
import { sortedProblems } from '../source/problem.ts'
import { type ExitCode, exit } from './exit.ts'
import { readFiles, type Unreadable } from './files.ts'
import type { Io } from './io.ts'
import { renderProblems } from './output/report.ts'

export type CompiledFolders = Compiled & {
  /** How many policy files there are, readable as text or not. */
  readonly fileCount: number
  readonly unreadable: readonly Unreadable[]
}

/** Where nothing else is named. */
export const DEFAULT_DIRS: readonly string[] = ['policies']

/**
 * Reads the folders as one policy. No policy comes out where a file could not be read.
 *
 * @param dirs - several are laid over each other: their names share one space
 */
export async function compilePolicy(
  dirs: readonly string[],
  options: CompileOptions = {},
): Promise<CompiledFolders> {
  const { inputs, problems, unreadable } = await readFiles(dirs)
  const { policy, sources, names, ...compiled } = await compileFiles(inputs, options)
  const isGood = inputs.length > 0 && problems.length === 0 && unreadable.length === 0
  return {
    ...compiled,
    ...(isGood && policy && sources && names && { policy, sources, names }),
    problems: sortedProblems([...problems, ...compiled.problems]),
    fileCount: inputs.length + problems.length,
    unreadable,
  }
}

export type Report = (compiled: CompiledFolders) => void

export type OpenPolicy = {
  readonly compiled: CompiledFolders
  readonly policy: CompiledPolicy
  readonly sources: Sources
  readonly names: Names
}

/**
 * Compiles, and says on stdout what is wrong. Warnings are said too and stop nothing.
 *
 * @param report - says on stdout what there is to say of it
 * @returns the policy, or the exit code of a verb that cannot go on without one
 */
export async function openPolicy(
  io: Io,
  dirs: readonly string[],
  options: CompileOptions = {},
  report: Report = (compiled) => io.stdout(problemsText(compiled, io)),
): Promise<Result<OpenPolicy, ExitCode>> {
  const compiled = await compilePolicy(dirs, options)
  const { policy, sources, names, fileCount, unreadable } = compiled
  for (const { path, why } of unreadable) io.stderr(`sallyport: cannot read ${path}: ${why}\n`)
  if (fileCount + unreadable.length === 0) {
    io.stderr(`sallyport: no policy files (*.yaml) in ${dirs.join(', ')}\n`)
    return fail(exit.noPolicyFiles)
  }
  report(compiled)
  if (unreadable.length > 0) return fail(exit.toolFailed)
  return policy && sources && names ? ok({ compiled, policy, sources, names }) : fail(exit.policyDoesNotLoad)
}

/** @param io - for colours; without it there are none */
export const problemsText = ({ problems, files, fileCount }: CompiledFolders, io?: Io): string =>
  problems.length === 0 ? '' : renderProblems(problems, files, fileCount, createColors(io?.color ?? false))
