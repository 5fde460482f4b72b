/**
 * `explain` and the running gateway tell one story: 2,000 requests are sent to the gateway on the production runtime,
 * and each line of its decision log is held against what `explain` says of the request, and of the line itself.
 */
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { isCallers, parseAddress, prefixOf } from '../../src/base/address.ts'
import { compilePolicy } from '../../src/cli/policy.ts'
import { steps } from '../../src/decision/stage.ts'
import { type Explanation, explain } from '../../src/explain/explain.ts'
import { explainLine } from '../../src/explain/logged.ts'
import type { Question } from '../../src/explain/question.ts'
import type { Explained } from '../../src/explain/steps.ts'
import { requestOf } from '../../src/policy/test-requests.ts'
import { type LoggedDecision, loggedDecision } from '../../src/replay/log.ts'
import { type Trial, trialOf } from '../../src/testing/trial.ts'
import { type Drawn, drawRequests } from '../support/corpus.ts'
import { clientsYaml } from '../support/corpus-clients.ts'
import { type Asked, type Wire, type Writer, writerFor } from '../support/corpus-wire.ts'
import { folderWith } from '../support/folder.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { sendRaw } from '../support/raw.ts'
import { type EchoUpstream, echoUpstream } from '../support/upstream.ts'

/** Some are no HTTP, and the runtime answers them before the gateway sees them. */
const DRAWN = 2_050
const LOGGED = 2_000
const SEED = 5
const AT_ONCE = 24
const UPSTREAMS = ['akamai', 'app-id', 'cloudentity', 'verify']

type Seen = {
  readonly drawn: Drawn
  readonly asked: Asked | undefined
  /** The line of the log, as it was written and as it was read. */
  readonly text: string
  readonly line: LoggedDecision
}

let folder: string
let upstream: EchoUpstream
let gateway: Gateway
let explained: Explained
let trial: Trial
let seen: readonly Seen[]

beforeAll(async () => {
  upstream = await echoUpstream()
  folder = await folderWith({ 'clients.yaml': clientsYaml })
  const origins = new Map(UPSTREAMS.map((name) => [name, upstream.origin]))
  const { policy, sources, problems } = await compilePolicy(['policies', folder], { origins })
  if (!policy || !sources) throw new Error(JSON.stringify(problems))
  const writer = await writerFor(policy)
  explained = { policy: writer.policy, sources }
  trial = trialOf(writer.policy)
  gateway = await startGateway(writer.policy)
  seen = await sendAll(drawRequests(writer.policy, DRAWN, SEED), writer)
}, 120_000)

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

async function sendAll(all: readonly Drawn[], writer: Writer): Promise<readonly Seen[]> {
  const answered: { drawn: Drawn; wire: Wire; id: string }[] = []
  const queue = all.values()
  const sendNext = async () => {
    for (const drawn of queue) {
      const wire = await writer.write(drawn)
      const id = (await sendRaw(gateway.port, wire.text)).headers['x-request-id']
      if (id !== undefined) answered.push({ drawn, wire, id })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, sendNext))
  const isWritten = () => expect(gateway.log().length).toBeGreaterThanOrEqual(answered.length)
  await vi.waitFor(isWritten, { timeout: 20_000 })
  const texts = new Map(gateway.log().map((line) => [line['request_id'], JSON.stringify(line)]))
  return answered.flatMap(({ drawn, wire: { asked }, id }) => {
    const text = texts.get(id) ?? ''
    const line = loggedDecision(text)
    return line === undefined ? [] : [{ drawn, asked, text, line }]
  })
}

test(`the gateway has logged ${LOGGED} requests, denied some at every step, and reported some`, () => {
  const counts = Map.groupBy(seen, ({ line }) => line.step ?? line.decision)
  expect(seen.length).toBeGreaterThanOrEqual(LOGGED)
  expect(seen.filter(({ line }) => line.wouldDeny.length > 0).length).toBeGreaterThanOrEqual(20)
  for (const step of ['allowed', ...steps.filter((each) => each !== 'network')]) {
    expect({ step, isOften: (counts.get(step)?.length ?? 0) >= 20 }).toEqual({ step, isOften: true })
  }
})

/** The decision, in the words of the log. */
type Story = {
  readonly decision: string
  readonly reason: string | undefined
  readonly step: string | undefined
  readonly route: string | undefined
  /** What was let through all the same, since it is only tried out. */
  readonly wouldDeny: readonly string[]
}

/** A request that was let through and then not forwarded has a reason that is none of the decision's. */
const logged = ({ decision, reason, step, route, wouldDeny }: LoggedDecision): Story => ({
  decision,
  reason: decision === 'allowed' ? undefined : reason,
  step,
  route,
  wouldDeny: wouldDeny.map((report) => report.reason).toSorted(),
})

const told = ({ outcome, reason, steps: each, wouldDeny = [] }: Explanation): Story => ({
  decision: outcome,
  reason,
  step: each.find(({ verdict }) => verdict === 'fail')?.step,
  route: each.find(({ step, verdict }) => step === 'route' && verdict === 'pass')?.words.split('  ')[0],
  wouldDeny: wouldDeny.toSorted(),
})

const isSame = (one: Story, other: Story): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Those that are told otherwise than they were logged. */
async function differences(
  lines: readonly Seen[],
  tell: (each: Seen) => Promise<Story>,
  isAlike: (log: Story, story: Story, each: Seen) => boolean,
): Promise<readonly unknown[]> {
  const found: unknown[] = []
  for (const each of lines) {
    const story = await tell(each)
    const { drawn, asked, line } = each
    if (!isAlike(logged(line), story, each))
      found.push({ line, story, drawn: { ...drawn, meant: drawn.meant?.id }, asked })
  }
  return found
}

const tellLine = async (line: LoggedDecision): Promise<Story> =>
  told((await explainLine(line, explained, trial.now, trial)).explanation)

test('`explain --request-id`: what is told of a line is what the line says', {
  timeout: 60_000,
}, async () => {
  expect(await differences(seen, ({ line }) => tellLine(line), isSame)).toEqual([])
})

test('and of a line with half of an address', { timeout: 60_000 }, async () => {
  const shortened = seen.flatMap((each) => {
    const { address, ...rest } = JSON.parse(each.text)
    const full = parseAddress(String(address))
    const line = full.ok
      ? loggedDecision(JSON.stringify({ ...rest, address: prefixOf(full.value) }))
      : undefined
    return line === undefined ? [] : [{ ...each, line }]
  })
  expect(shortened.length).toBeGreaterThan(LOGGED / 2)
  expect(await differences(shortened, ({ line }) => tellLine(line), isSame)).toEqual([])
})

test('of a line by another policy, never the opposite', { timeout: 60_000 }, async () => {
  const tell = ({ line }: Seen) => tellLine({ ...line, policy: 'sha256:of another one' })
  expect(await differences(seen, tell, isNoContradiction)).toEqual([])
})

/** `may` leaves the decision open; the route is no part of it. */
const isOpen = (log: Story, story: Story): boolean => story.decision === 'may' && story.route === log.route

/** What was denied for something that no line says may be allowed today. */
function isNoContradiction(log: Story, story: Story): boolean {
  const isUnsaid = log.step === 'credentials' || log.step === 'rate' || log.reason === 'scope_excess'
  return (
    log.decision === story.decision || story.decision === 'may' || (isUnsaid && story.decision === 'allowed')
  )
}

/** The limit is nothing that one request could know. */
function withoutLimit(log: Story): Story {
  const wouldDeny = log.wouldDeny.filter((reason) => reason !== 'rate_limited')
  const isLimited = log.step === 'rate'
  return { ...log, ...(isLimited && { decision: 'allowed', reason: undefined, step: undefined }), wouldDeny }
}

const isBefore = (step: string | undefined, name: (typeof steps)[number]): boolean =>
  steps.slice(0, steps.indexOf(name)).some((each) => each === step)

/**
 * Credentials that are missing or wrong are nothing that can be asked about. Then what comes before them is told, and
 * the rest is left open.
 */
function isFitting(log: Story, story: Story, { asked, drawn }: Seen): boolean {
  const isAsked = asked !== undefined && Object.keys(asked).length > 0
  if (isBefore(log.step, 'credentials') || drawn.meant?.auth === 'none')
    return isSame(withoutLimit(log), story)
  // Failures from one address are limited, and nobody asks how many there were.
  if (log.step === 'credentials' && log.reason === 'rate_limited')
    return isOpen(log, story) || isSame(log, { ...story, reason: 'rate_limited' })
  return isAsked ? isSame(withoutLimit(log), story) : isOpen(log, story)
}

test('`explain "METHOD /path" --client --from`: what is told is what was done', {
  timeout: 60_000,
}, async () => {
  const asked = seen.filter(
    ({ drawn, line }) => line.reason !== 'bad_request' && requestIn(drawn) !== undefined,
  )
  const tell = async ({ drawn, asked: by }: Seen) =>
    told(await explain(explained, questionOf(drawn, by), trial))
  expect(asked.length).toBeGreaterThan(LOGGED * 0.9)
  expect(await differences(asked, tell, isFitting)).toEqual([])
})

/** The request as it is typed. */
const requestIn = ({ method, path, query }: Drawn) => requestOf(`${method} ${path}${query && `?${query}`}`)

function questionOf(drawn: Drawn, asked: Asked = {}): Question {
  const request = requestIn(drawn)
  if (request === undefined) throw new Error(`no request: ${drawn.path}`)
  const address = drawn.address === undefined ? undefined : parseAddress(drawn.address)
  return {
    request: { ...request, upgrade: drawn.upgrade },
    from: address?.ok && isCallers(address.value) ? address.value : 'unreadable',
    client: asked.client,
    token: asked.token,
    scopes: asked.scopes,
  }
}
