/** The policy that a word of the command line names: a folder, a revision of git, or a compiled file. */
import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { fail, ok, type Result } from '../base/result.ts'
import { compileFiles, type PolicyInput } from '../policy/compile.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import { readPolicy } from '../policy/written.ts'
import type { Problem } from '../source/problem.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import type { PolicyOutput } from './output/output-schema.ts'
import { type CompiledFolders, openPolicy, type Report } from './policy.ts'

/** A policy, and where it was found. */
export type PolicyAt = {
  readonly policy: CompiledPolicy
  /** Warnings. */
  readonly problems: readonly Problem[]
  /** For programs. */
  readonly output: PolicyOutput
}

/** Where a revision is named without folders. */
const DEFAULT_FOLDER = 'policies'

/**
 * `policies`, `policies,demo/policies`, `main`, `HEAD~1:policies`, `build/policy.json`. What exists as a file or folder
 * is that; anything else is a revision.
 *
 * @param report - says what there is to say of files that were compiled
 * @returns the policy; what else is wrong is said on stderr
 */
export async function policyAt(io: Io, named: string, report: Report): Promise<Result<PolicyAt, ExitCode>> {
  const dirs = named.split(',')
  const exists = await Promise.all(dirs.map((dir) => stat(dir).catch(() => undefined)))
  if (dirs.length === 1 && exists[0]?.isFile() && named.endsWith('.json')) return compiledAt(io, named)
  if (exists.every((each) => each !== undefined)) {
    const opened = await openPolicy(io, dirs, { demo: true }, report)
    return opened.ok ? ok(found(opened.value.policy, opened.value.compiled)) : opened
  }
  return revisionAt(io, named, report)
}

const found = (
  policy: CompiledPolicy,
  { files, problems }: Pick<CompiledFolders, 'files' | 'problems'>,
): PolicyAt => ({ policy, problems, output: { digest: policy.digest, files: files.map(({ path }) => path) } })

async function compiledAt(io: Io, file: string): Promise<Result<PolicyAt, ExitCode>> {
  try {
    const policy = readPolicy(await readFile(file, 'utf8'))
    if (policy !== undefined) {
      return ok({ policy, problems: [], output: { digest: policy.digest, files: [file] } })
    }
    io.stderr(`sallyport: ${file} is no compiled policy; \`sallyport build\` writes one\n`)
    return fail(exit.policyDoesNotLoad)
  } catch (error) {
    io.stderr(`sallyport: cannot read ${file}: ${messageOf(error)}\n`)
    return fail(exit.toolFailed)
  }
}

async function revisionAt(io: Io, named: string, report: Report): Promise<Result<PolicyAt, ExitCode>> {
  const colon = named.indexOf(':')
  const revision = colon < 0 ? named : named.slice(0, colon)
  const folders = colon < 0 ? [DEFAULT_FOLDER] : named.slice(colon + 1).split(',')
  const inputs = await filesOf(revision, folders)
  if (!inputs.ok) {
    io.stderr(`sallyport: \`${named}\` is neither a folder nor a revision: ${inputs.error}\n`)
    return fail(exit.wrongCommandLine)
  }
  if (inputs.value.length === 0) {
    io.stderr(`sallyport: no policy files (*.yaml) in ${folders.join(', ')} of ${revision}\n`)
    return fail(exit.noPolicyFiles)
  }
  const compiled = await compileFiles(inputs.value, { demo: true })
  report({ ...compiled, fileCount: inputs.value.length, unreadable: [] })
  return compiled.policy === undefined ? fail(exit.policyDoesNotLoad) : ok(found(compiled.policy, compiled))
}

const run = promisify(execFile)

/** More than any policy; git would be cut off. */
const MAX_BYTES = 256 * 1024 * 1024

/** Read from the object store: nothing is checked out, and no file of the working tree is touched. */
async function filesOf(
  revision: string,
  folders: readonly string[],
): Promise<Result<readonly PolicyInput[], string>> {
  // Git would take it for an option.
  if (revision.startsWith('-')) return fail('a revision does not start with a dash')
  try {
    const git = async (...args: string[]) =>
      (await run('git', args, { encoding: 'buffer', maxBuffer: MAX_BYTES })).stdout
    await git('rev-parse', '--verify', '--quiet', `${revision}^{commit}`)
    const listed = await git('ls-tree', '-r', '-z', '--name-only', revision, '--', ...folders)
    const names = listed.toString('utf8').split('\0').filter(isPolicyFile)
    const inputs = names.map(async (name): Promise<PolicyInput> => {
      const bytes = await git('cat-file', 'blob', `${revision}:./${name}`)
      return { path: `${revision}:${name}`, name, bytes }
    })
    return ok(await Promise.all(inputs))
  } catch (error) {
    const [line = ''] = messageOf(error).split('\n')
    return fail(line.startsWith('Command failed') ? 'git knows no such revision' : line)
  }
}

/** As for a folder: names that start with a dot are left out. */
const isPolicyFile = (name: string): boolean => name.endsWith('.yaml') && !/(?:^|\/)\./.test(name)

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
