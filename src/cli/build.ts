/** `sallyport build`: the compiled policy, as the Worker loads it. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CompiledPolicy } from '../policy/model.ts'
import { policyText } from '../policy/written.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { DEFAULT_DIRS, openPolicy } from './policy.ts'
import type { Verb } from './verb.ts'

type Options = { readonly out: string; readonly demo?: boolean }

export const build: Verb = (program, io, done) => {
  program
    .command('build')
    .description('compile the policy to the JSON that the Worker loads')
    .argument('[dir...]', 'folders with *.yaml; several are read as one policy', DEFAULT_DIRS)
    .requiredOption('--out <file>', 'where to write it; nothing is written when the policy does not load')
    .option('--demo', 'let clients through whose secret is published with the demonstration')
    .addHelpText('after', '\nExample:\n  $ sallyport build policies --out build/policy.json')
    .action(async (dirs: string[], { out, demo = false }: Options) => {
      const opened = await openPolicy(io, dirs, { demo })
      done(opened.ok ? await write(io, opened.value.policy, out) : opened.error)
    })
}

async function write(io: Io, policy: CompiledPolicy, out: string): Promise<ExitCode> {
  try {
    await mkdir(dirname(out), { recursive: true })
    await writeFile(out, policyText(policy))
  } catch (error) {
    io.stderr(`sallyport: cannot write ${out}: ${error instanceof Error ? error.message : String(error)}\n`)
    return exit.toolFailed
  }
  io.stdout(`wrote ${out}  ${policy.digest}\n`)
  return exit.ok
}
