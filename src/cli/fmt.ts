/** `sallyport fmt`: one spacing and one spelling of addresses, so that a review shows what changed and nothing else. */
import { writeFile } from 'node:fs/promises'
import { createColors } from 'picocolors'
import { respelled } from '../lint/spelling.ts'
import { compileTexts } from '../policy/compile.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import { printable } from '../source/frame.ts'
import { tidied } from '../source/layout.ts'
import { type SourceText, sourceText } from '../source/text.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { changedLines } from './output/changed-lines.ts'
import { counted } from './output/report.ts'
import { DEFAULT_DIRS, type OpenPolicy, openPolicy } from './policy.ts'
import type { Verb } from './verb.ts'

type Options = { readonly check?: boolean; readonly diff?: boolean }

/** A file that would read otherwise. */
type Change = { readonly source: SourceText; readonly text: string }

export const fmt: Verb = (program, io, done) => {
  program
    .command('fmt')
    .description('tidy policy files in place: blanks, empty lines, spelling of addresses; comments stay')
    .summary('tidy policy files in place')
    .argument('[dir...]', 'folders with *.yaml; several are read as one policy', DEFAULT_DIRS)
    .option('--check', 'write nothing; fail where a file is not tidy')
    .option('--diff', 'write nothing; show the lines that would change')
    .addHelpText('after', '\nExample:\n  $ sallyport fmt policies --check')
    .action(async (dirs: string[], options: Options) => done(await format(io, dirs, options)))
}

async function format(io: Io, dirs: readonly string[], { check, diff }: Options): Promise<ExitCode> {
  const opened = await openPolicy(io, dirs, { demo: true })
  if (!opened.ok) return opened.error
  const changes = changesOf(opened.value)
  if (!(await meansTheSame(opened.value, changes))) {
    io.stderr('sallyport: the policy would mean something else, so nothing was written\n')
    return exit.toolFailed
  }
  const colors = createColors(io.color)
  for (const { source, text } of changes) {
    io.stdout(`${printable(source.path)}\n`)
    if (diff)
      io.stdout(`${changedLines(source, sourceText(source.path, source.name, text), colors).join('')}\n`)
  }
  const isDry = check || diff
  const count = counted(changes.length, 'file')
  const total = counted(opened.value.compiled.files.length, 'file')
  if (changes.length === 0) io.stdout(`ok  ${total} tidy\n`)
  else io.stdout(isDry ? `${count} of ${total} not tidy\n` : `tidied ${count} of ${total}\n`)
  if (isDry) return check && changes.length > 0 ? exit.lintFindings : exit.ok
  return writeAll(io, changes)
}

function changesOf({ sources, names, compiled: { files } }: OpenPolicy): readonly Change[] {
  return files.flatMap((source) => {
    const text = tidied(respelled(source, { sources, names }))
    return text === source.text ? [] : [{ source, text }]
  })
}

/** Lines may move; all else of the compiled policy must be the same. */
async function meansTheSame({ policy, compiled }: OpenPolicy, changes: readonly Change[]): Promise<boolean> {
  const texts = new Map(compiled.files.map(({ path, text }) => [path, text]))
  for (const { source, text } of changes) texts.set(source.path, text)
  const { policy: after } = await compileTexts(Object.fromEntries(texts), { demo: true })
  return after !== undefined && withoutLines(after) === withoutLines(policy)
}

const withoutLines = ({ digest: _, routes, ...policy }: CompiledPolicy): string =>
  JSON.stringify({ ...policy, routes: routes.map(({ at: __, ...route }) => route) })

async function writeAll(io: Io, changes: readonly Change[]): Promise<ExitCode> {
  for (const { source, text } of changes) {
    const failed = await writeFile(source.path, text).catch((error: Error) => error)
    if (failed === undefined) continue
    io.stderr(`sallyport: cannot write ${source.path}: ${failed.message}\n`)
    return exit.toolFailed
  }
  return exit.ok
}
