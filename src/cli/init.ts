/** `sallyport init`: a policy that validates and passes its tests, to start from. Never overwrites a file. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { printable } from '../source/frame.ts'
import { type ExitCode, exit } from './exit.ts'
import { initialFiles, type NewFile } from './init-files.ts'
import type { Io } from './io.ts'
import { columns } from './output/columns.ts'
import type { Verb } from './verb.ts'

export const init: Verb = (program, io, done) => {
  program
    .command('init')
    .description('start a policy: an example that passes its tests, editor setting, CI job, pre-commit hook')
    .summary('start a new policy, with an example that passes its tests')
    .argument('[dir]', 'the new policy folder; files that exist are left alone', 'policies')
    .addHelpText('after', '\nExample:\n  $ sallyport init policies')
    .action(async (dir: string) => done(await start(io, dir)))
}

/** The names go into a shell script and a workflow, where other characters would need quotes. */
const PLAIN = /^[A-Za-z0-9._][A-Za-z0-9._-]*(?:\/[A-Za-z0-9._][A-Za-z0-9._-]*)*$/

async function start(io: Io, dir: string): Promise<ExitCode> {
  const root = rootFor(dir)
  const name = root === undefined ? '' : relative(root, resolve(dir)).split(sep).join('/')
  if (root === undefined || !PLAIN.test(name)) {
    io.stderr('sallyport: init takes the name of a new folder: letters, digits, `.`, `_` and `-`\n')
    return exit.wrongCommandLine
  }
  for (const file of initialFiles(name)) {
    const path = join(root, file.path)
    const outcome = await create(path, file)
    if (outcome instanceof Error) {
      io.stderr(`sallyport: cannot write ${printable(path)}: ${outcome.message}\n`)
      return exit.toolFailed
    }
    io.stdout(outcome === 'created' ? `created  ${file.path}\n` : `kept     ${file.path}, which exists\n`)
  }
  io.stdout(nextSteps(printable(dir)))
  return exit.ok
}

/**
 * Where the editor, the CI job and git look: here, or beside a folder that lies elsewhere. None for the folder
 * we are in and those around it: a policy is a folder of a project, and every `*.yaml` in it would be read.
 */
function rootFor(dir: string): string | undefined {
  const here = process.cwd() + sep
  const there = resolve(dir) + sep
  if (here.startsWith(there)) return undefined
  return there.startsWith(here) ? process.cwd() : dirname(resolve(dir))
}

async function create(path: string, { text, runs }: NewFile): Promise<'created' | 'kept' | Error> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text, { flag: 'wx' })
    if (runs) await chmod(path, 0o755)
    return 'created'
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return 'code' in error && error.code === 'EEXIST' ? 'kept' : error
  }
}

/** @param dir - as it was typed */
const nextSteps = (dir: string): string => `
Next:
${columns(
  [
    [`npx sallyport test ${dir}`, 'what the example allows and refuses'],
    [`edit ${dir}/upstreams/records.yaml`, 'your API: its origin, its paths, its words'],
    [`edit ${dir}/clients.yaml`, 'who calls it, and from where'],
    [`npx sallyport lint ${dir}`, 'what loads and should be looked at'],
    [`npx sallyport serve ${dir}`, 'the gateway on this machine, to try it'],
    ['git config core.hooksPath .githooks', 'checks before each commit'],
  ],
  '  ',
)}
The hook and the CI job run \`npx sallyport\`, so it has to be in your package.json. Each command has --help.
`
