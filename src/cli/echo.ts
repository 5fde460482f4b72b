/** `sallyport echo`: the upstream that `attack` needs behind a gateway, telling what it saw. */
import { startEcho } from './attack/echo-upstream.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import { portOf } from './serve.ts'
import type { Verb } from './verb.ts'

type Options = { readonly port: number; readonly host: string }

export const echo: Verb = (program, io, done) => {
  program
    .command('echo')
    .description('run an upstream that tells its callers what it saw, for `attack`')
    .option('--port <n>', 'port to listen on; 0 takes a free one', portOf, 9000)
    .option('--host <h>', 'address to listen on', '127.0.0.1')
    .addHelpText('after', '\nExample:\n  $ sallyport echo --port 9000')
    .action(async (options: Options) => done(await listen(io, options)))
}

async function listen(io: Io, { port, host }: Options): Promise<ExitCode> {
  try {
    const upstream = await startEcho('echo', host, port)
    io.stderr(`sallyport: an echo upstream listens on http://${host}:${upstream.port}\n`)
    await new Promise<void>((resolve) => io.onInterrupt(resolve))
    await upstream.close()
    return exit.ok
  } catch (error) {
    io.stderr(`sallyport: ${error instanceof Error ? error.message : String(error)}\n`)
    return exit.toolFailed
  }
}
