/** `sallyport explain`: why a request is allowed or denied, and what a client can reach. */
import { createColors } from 'picocolors'
import { isCallers, parseAddress } from '../base/address.ts'
import { fail, ok, type Result } from '../base/result.ts'
import { explain as explainRequest } from '../explain/explain.ts'
import type { Question } from '../explain/question.ts'
import { reachableBy } from '../explain/reachable.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import { noCaller } from '../policy/remedies.ts'
import { requestOf } from '../policy/test-requests.ts'
import { didYouMean } from '../source/near.ts'
import { tokenMaker } from '../testing/tokens.ts'
import { trialOf } from '../testing/trial.ts'
import { type ExitCode, exit } from './exit.ts'
import { explainLogged } from './explain-logged.ts'
import type { Io } from './io.ts'
import { formatOption } from './options.ts'
import { explainText, explanationResult, reachableResult } from './output/explain-output.ts'
import { renderExplanation, renderReachable } from './output/explain-report.ts'
import { loadProblems } from './output/formats.ts'
import { DEFAULT_DIRS, type OpenPolicy, openPolicy } from './policy.ts'
import type { Verb } from './verb.ts'

type Options = {
  readonly client?: string
  readonly from?: string
  readonly scopes?: string
  readonly token?: string
  readonly requestId?: string
  readonly log?: string
  readonly format: (typeof formats)[number]
}

const formats = ['text', 'json'] as const

export const explain: Verb = (program, io, done) => {
  program
    .command('explain')
    .description('tell why a request is allowed or denied, or all that a client can reach')
    .summary('tell why a request is allowed or denied')
    .argument('[request-and-dirs...]', '"METHOD /path", then folders with *.yaml (default: policies)')
    .option('--client <name>', 'the API client that calls; without a request: all it can reach')
    .option('--from <address>', 'where it calls from; without it, the address steps say may')
    .option('--scopes <names>', 'scopes of its token, with commas between them')
    .option('--token <name>', 'the issuer of its token, or `upstream`')
    .option('--request-id <id>', 'tell the decision of that line of the log')
    .option('--log <file>', 'the decision log, one JSON object a line')
    .addOption(formatOption(formats))
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport explain "GET /akamai/entity" --client crm-sync --from 192.0.2.60' +
        '\n  $ sallyport explain --client crm-sync' +
        '\n  $ sallyport explain --request-id 72gnhpkttcjgc3ns --log decisions.log',
    )
    .action(async (words: string[], options: Options) => done(await explainWith(io, words, options)))
}

async function explainWith(io: Io, words: readonly string[], options: Options): Promise<ExitCode> {
  const [first, ...others] = words
  const request = first === undefined ? undefined : requestOf(first)
  const dirs = request === undefined ? words : others
  const mistake = mistakeIn(first, request !== undefined, options)
  if (mistake !== undefined) return wrong(io, mistake)
  const folders = dirs.length === 0 ? DEFAULT_DIRS : dirs
  const opened = await openPolicy(io, folders, { demo: true }, loadProblems(io, options.format, 'explain'))
  if (!opened.ok) return opened.error
  const { requestId, log, format } = options
  if (requestId !== undefined && log !== undefined) {
    return explainLogged(io, opened.value, { requestId, log, format })
  }
  return request === undefined
    ? tellReachable(io, opened.value, options)
    : tellRequest(io, opened.value, request, options)
}

function wrong(io: Io, why: string): ExitCode {
  io.stderr(`sallyport: ${why}\n`)
  return exit.wrongCommandLine
}

/** A request that is not one would otherwise be taken for a folder. */
function mistakeIn(
  first: string | undefined,
  isRequest: boolean,
  { client, requestId, log }: Options,
): string | undefined {
  if (!isRequest && first !== undefined && /^[A-Za-z]+ |^\//.test(first) && first.includes(' ')) {
    return `\`${first}\` is no request: write METHOD /path, or METHOD https://host/path`
  }
  if ((requestId === undefined) !== (log === undefined)) return '--request-id and --log go together'
  return !isRequest && client === undefined && requestId === undefined
    ? 'name a request ("GET /path"), a client (--client) or a line of the log (--request-id)'
    : undefined
}

async function tellRequest(
  io: Io,
  opened: OpenPolicy,
  request: Question['request'],
  options: Options,
): Promise<ExitCode> {
  const { policy, sources } = opened
  const question = questionOf(request, options, policy)
  if (!question.ok) return wrong(io, question.error)
  const trial = trialOf(policy, tokenMaker(io.now()))
  const explanation = await explainRequest({ policy, sources }, question.value, trial)
  io.stdout(
    options.format === 'json'
      ? explainText(io, opened, explanationResult(question.value, explanation))
      : renderExplanation(question.value, explanation, createColors(io.color)),
  )
  return exit.ok
}

function questionOf(
  request: Question['request'],
  { client, from, scopes, token }: Options,
  policy: CompiledPolicy,
): Result<Question, string> {
  const names = policy.clients.map(({ name }) => name)
  if (client !== undefined && !names.includes(client)) return fail(noSuch('client', client, names))
  const issuers = [...policy.tokens.map(({ name }) => name), 'upstream']
  if (token !== undefined && !issuers.includes(token)) return fail(noSuch('token issuer', token, issuers))
  const address = from === undefined ? undefined : parseAddress(from)
  if (address?.ok === false) return fail(`--from takes one address, not \`${from}\``)
  if (from !== undefined && address && !isCallers(address.value)) return fail(`--from: ${noCaller(from)}`)
  const list = scopes?.split(',').filter((scope) => scope !== '')
  return ok({ request, client, token, from: address?.value, scopes: list })
}

/** A name that is like none of the policy's may be a credential, and is not repeated. */
function noSuch(what: string, name: string, names: readonly string[]): string {
  const { help } = didYouMean(name, names)
  return help === undefined
    ? `no such ${what} in the policy`
    : `no ${what} \`${name}\` in the policy; ${help}`
}

async function tellReachable(io: Io, opened: OpenPolicy, options: Options): Promise<ExitCode> {
  const { policy } = opened
  const name = options.client ?? ''
  const client = policy.clients.find((each) => each.name === name)
  if (client === undefined) {
    const names = policy.clients.map((each) => each.name)
    return wrong(io, noSuch('client', name, names))
  }
  const rows = await reachableBy(client, policy, io.now())
  io.stdout(
    options.format === 'json'
      ? explainText(io, opened, reachableResult(client, rows))
      : renderReachable(client, rows, policy, createColors(io.color)),
  )
  return exit.ok
}
