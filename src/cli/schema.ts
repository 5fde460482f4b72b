/** `sallyport schema`: the format of policies as JSON Schema, for editors; and that of our output, for programs. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { jsonSchema } from '../policy/json-schema.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { outputSchema } from './output/output-schema.ts'
import type { Verb } from './verb.ts'

type Options = { readonly output?: boolean; readonly out?: string }

export const schema: Verb = (program, io, done) => {
  program
    .command('schema')
    .description('print the JSON Schema (draft 7) of policy files, or of what `--format json` prints')
    .summary('print the JSON Schema of policy files, or of our output')
    .option('--output', 'that of what `--format json` prints, instead')
    .option('--out <file>', 'write it there')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport schema --out policies/.schema/policy-v1.json\n  $ sallyport schema --output',
    )
    .action(async ({ output, out }: Options) => {
      const text = `${JSON.stringify(output ? outputSchema() : jsonSchema(), undefined, 2)}\n`
      if (out !== undefined) return done(await write(io, out, text))
      io.stdout(text)
      done(exit.ok)
    })
}

async function write(io: Io, out: string, text: string): Promise<ExitCode> {
  try {
    await mkdir(dirname(out), { recursive: true })
    await writeFile(out, text)
  } catch (error) {
    io.stderr(`sallyport: cannot write ${out}: ${error instanceof Error ? error.message : String(error)}\n`)
    return exit.toolFailed
  }
  io.stdout(`wrote ${out}\n`)
  return exit.ok
}
