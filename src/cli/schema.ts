/** `sallyport schema`: the format as JSON Schema, for editors. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { jsonSchema } from '../policy/schema.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import type { Verb } from './verb.ts'

export const schema: Verb = (program, io, done) => {
  program
    .command('schema')
    .description('print the JSON Schema (draft 7) of policy files')
    .option('--out <file>', 'write it there instead')
    .addHelpText('after', '\nExample:\n  $ sallyport schema --out policies/.schema/policy-v1.json')
    .action(async ({ out }: { readonly out?: string }) => {
      const text = `${JSON.stringify(jsonSchema(), undefined, 2)}\n`
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
