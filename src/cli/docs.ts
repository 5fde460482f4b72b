/** `sallyport docs`: the vendors' tables, back from the policy. */
import { writeFile } from 'node:fs/promises'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { docsTables } from './output/docs-tables.ts'
import { DEFAULT_DIRS, openPolicy } from './policy.ts'
import type { Verb } from './verb.ts'

export const docs: Verb = (program, io, done) => {
  program
    .command('docs')
    .description('print who may call what as Markdown tables, in the form in which vendors print them')
    .summary('print who may call what as Markdown tables')
    .argument('[dir...]', 'folders with *.yaml; several are read as one policy', DEFAULT_DIRS)
    .option('--out <file>', 'write to a file instead of stdout')
    .addHelpText('after', '\nExample:\n  $ sallyport docs policies --out permissions.md')
    .action(async (dirs: string[], { out }: { readonly out?: string }) =>
      done(await printDocs(io, dirs, out)),
    )
}

async function printDocs(io: Io, dirs: readonly string[], out: string | undefined): Promise<ExitCode> {
  const opened = await openPolicy(io, dirs, { demo: true })
  if (!opened.ok) return opened.error
  const { policy, sources } = opened.value
  const text = docsTables(policy, sources)
  if (out === undefined) {
    io.stdout(text)
    return exit.ok
  }
  const failed = await writeFile(out, text).catch((error: Error) => error)
  if (failed === undefined) return exit.ok
  io.stderr(`sallyport: cannot write ${out}: ${failed.message}\n`)
  return exit.toolFailed
}
