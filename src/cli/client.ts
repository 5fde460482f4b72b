/** `sallyport client`: what somebody needs who sets up an API client. */
import { createHash } from 'node:crypto'
import { dateMillis } from '../policy/fields.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import type { Verb } from './verb.ts'

const SECRET_BYTES = 32
const DAY_MS = 86_400_000

/** A quarter of a year: long enough to plan the change, short enough to keep it a habit. */
const DEFAULT_DAYS = 90

export const client: Verb = (program, io, done) => {
  program
    .command('client')
    .description('set up API clients')
    .addHelpText('after', '\nExample:\n  $ sallyport client new-secret crm-sync')
    .command('new-secret')
    .description('make a secret: print it once, and the lines to paste into the policy')
    .argument('<name>', 'the client’s name in the policy')
    .option('--expires <date>', `first day on which it is not accepted (default: in ${DEFAULT_DAYS} days)`)
    .addHelpText('after', '\nExample:\n  $ sallyport client new-secret crm-sync --expires 2027-03-01')
    .action((name: string, { expires }: { readonly expires?: string }) => {
      done(newSecret(io, name, expires ?? dayIn(io, DEFAULT_DAYS)))
    })
}

const dayIn = (io: Io, days: number): string => new Date(io.now() + days * DAY_MS).toISOString().slice(0, 10)

const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/

/** The secret goes to stdout and nowhere else: it is in no file and no log. */
function newSecret(io: Io, name: string, expires: string): ExitCode {
  const end = DATE.test(expires) ? dateMillis(expires) : undefined
  if (end === undefined || end <= io.now()) {
    const why = end === undefined ? 'is no date such as 2027-03-01' : 'is not in the future'
    io.stderr(`sallyport: --expires ${expires} ${why}\n`)
    return exit.wrongCommandLine
  }
  const secret = Buffer.from(io.randomBytes(SECRET_BYTES)).toString('base64url')
  const hash = createHash('sha256').update(secret, 'utf8').digest('hex')
  io.stdout(`The secret of ${name}. It is shown this once; hand it over, and keep no copy.

  ${secret}

Paste into clients.yaml, under \`${name}\`. To rotate, paste the entry alone below the old one:

    secrets:
      - hash: sha256:${hash}
        generated_bits: ${SECRET_BYTES * 8}
        expires: ${expires}
`)
  return exit.ok
}
