/**
 * A gateway in Node, with none of the care of the real one but what its parts bring. With all parts careful it lets
 * nothing through; each hole of `holes.ts` is a part done as it was done somewhere else.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, answersIn } from '../../../src/attack/answer.ts'
import { RANGE } from '../../../src/attack/range.ts'
import { keyedHash } from '../../../src/authentication/keyed-hash.ts'
import { keyFinder } from '../../../src/authentication/keys.ts'
import { memoryLedger } from '../../../src/authentication/memory-ledger.ts'
import { fail, ok } from '../../../src/base/result.ts'
import { exchangeRaw } from '../../../src/cli/attack/raw-socket.ts'
import { policyRegistry } from '../../../src/clients/memory.ts'
import { checkSecret } from '../../../src/clients/secret.ts'
import type { Facts } from '../../../src/decision/facts.ts'
import { decider } from '../../../src/pipeline.ts'
import type { CompiledPolicy } from '../../../src/policy/model.ts'
import type { Limiter } from '../../../src/ratelimit/limiter.ts'
import { memoryLimiter } from '../../../src/ratelimit/memory.ts'
import { type Arrived, careful, type Parts, type Refusal } from './parts.ts'

export type NaiveGateway = { readonly port: number; readonly close: () => Promise<void> }

const PREFIX = `/${RANGE}`
const PATIENCE = { totalMs: 5_000, idleMs: 5_000 }

/** The range's keys are in its policy, so that no issuer is asked. */
const nobody = {
  fetchSet: async () => fail('nobody is asked'),
  pause: async () => undefined,
  keepAlive: () => undefined,
  variable: () => undefined,
}

/**
 * @param upstreamPort - of the echo, on loopback
 * @param hole - the parts that are not done with care
 */
export async function startNaive(
  policy: CompiledPolicy,
  upstreamPort: number,
  hole: Partial<Parts>,
): Promise<NaiveGateway> {
  const parts = { ...careful, ...hole }
  const limiter = memoryLimiter(() => Date.now())
  const handle = handlerOf(policy, upstreamPort, parts, limiter)
  const server = createServer({ insecureHTTPParser: parts.lenient }, (request, response) => {
    handle(request, response).catch((error) => {
      response.statusCode = 599
      response.end(String(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function handlerOf(policy: CompiledPolicy, upstreamPort: number, parts: Parts, real: Limiter) {
  const decide = (arrived: Arrived, facts: Facts) =>
    decider(policy, {
      registry: policyRegistry(policy.clients),
      checkSecret,
      keys: keyFinder(nobody),
      introspect: async () => fail('nobody is asked'),
      assertions: memoryLedger(),
      hash: keyedHash(() => new Int32Array(4)),
      limiter: parts.limiter(real, arrived),
    })(facts)

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const arrived = await arrivedOf(request)
    const requestId = randomUUID()
    const refuse = (refusal: Refusal) => answer(response, refusal)
    const early = parts.early(arrived)
    if (early !== undefined) return refuse(early)
    const matched = parts.matched(arrived)
    if (matched === undefined) return refuse(parts.refusal(undefined, requestId, arrived))
    const decision = parts.skips(arrived)
      ? undefined
      : await decide(arrived, await factsOf(arrived, matched, parts))
    const denial = decision?.allowed === false ? decision.denial : undefined
    parts.decided(arrived, denial)
    if (denial !== undefined) return refuse(parts.refusal(denial, requestId, arrived))
    const client = decision?.allowed ? decision.known.principal.client?.name : undefined
    const before = parts.cached(arrived, undefined)
    const fresh = before ?? (await sent(arrived, matched, { requestId, client }, parts, upstreamPort))
    if (fresh === undefined) return refuse({ status: 502, headers: [], body: '' })
    parts.cached(arrived, fresh)
    answer(response, { ...fresh, headers: [...parts.returned(fresh), ['x-request-id', requestId]] })
  }
}

async function factsOf(arrived: Arrived, matched: string, parts: Parts): Promise<Facts> {
  return {
    method: parts.method(arrived),
    host: 'gw.example',
    rawPath: matched,
    query: parts.query(arrived),
    address: parts.address(arrived),
    authorization: await parts.authorization(arrived),
    body: () => ok(undefined),
    upgrade: undefined,
    now: Date.now(),
  }
}

async function arrivedOf(request: IncomingMessage): Promise<Arrived> {
  let body = ''
  for await (const chunk of request) body += Buffer.from(chunk).toString('latin1')
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    lines: pairs(request.rawHeaders),
    trailers: pairs(request.rawTrailers),
    body,
    connection: request.socket,
  }
}

const pairs = (raw: readonly string[]): [string, string][] =>
  raw.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, raw[at + 1] ?? '']] : []))

/** Written by hand: no client of Node's would send what a hole sends. */
async function sent(
  arrived: Arrived,
  matched: string,
  told: { readonly requestId: string; readonly client: string | undefined },
  parts: Parts,
  upstreamPort: number,
): Promise<Answer | undefined> {
  const [host = '', port = ''] = (parts.elsewhere(arrived) ?? `127.0.0.1:${upstreamPort}`).split(':')
  const lines = parts.forwarded(arrived, told)
  const isChunked = lines.some(([name]) => name.toLowerCase() === 'transfer-encoding')
  const [, ...query] = arrived.target.split('?')
  const full = parts.sent(arrived, matched)
  const path = full.startsWith(PREFIX) ? full.slice(PREFIX.length) : full
  const { body } = arrived
  const text = [
    `${arrived.method} ${path || '/'}${query.length > 0 ? `?${query.join('?')}` : ''} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: close',
    ...lines.map(([name, value]) => `${name}: ${value}`),
    ...(isChunked || body === '' ? [] : [`Content-Length: ${body.length}`]),
    '',
    isChunked ? `${body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`}0\r\n\r\n` : body,
  ].join('\r\n')
  const peer = { host, port: Number(port), tls: false }
  return answersIn(await exchangeRaw(peer, text, PATIENCE), arrived.method)[0]
}

function answer(response: ServerResponse, { status, headers, body }: Refusal): void {
  const own = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date']
  response.statusCode = status
  for (const [name, value] of headers) {
    if (!own.includes(name)) response.setHeader(name, value)
  }
  response.end(Buffer.from(body, 'latin1'))
}
