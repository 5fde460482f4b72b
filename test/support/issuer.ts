/** A token issuer on loopback: key sets, introspection, and whatever can go wrong with either. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Issuer = {
  readonly url: string
  /** What is served under a path; a function may do as it likes with the request. */
  readonly serve: (path: string, answer: Answer) => void
  /** How often a path was called. */
  readonly calls: (path: string) => number
  readonly close: () => Promise<void>
}

type Answer = object | ((call: Call, response: ServerResponse) => void)
type Call = { readonly headers: IncomingMessage['headers']; readonly form: URLSearchParams }

export async function startIssuer(): Promise<Issuer> {
  const answers = new Map<string, Answer>()
  const counts = new Map<string, number>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const path = request.url ?? ''
    counts.set(path, (counts.get(path) ?? 0) + 1)
    const answer = answers.get(path)
    if (typeof answer === 'function') {
      answer(
        { headers: request.headers, form: new URLSearchParams(Buffer.concat(chunks).toString()) },
        response,
      )
      return
    }
    response.statusCode = answer === undefined ? 404 : 200
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    serve: (path, answer) => void answers.set(path, answer),
    calls: (path) => counts.get(path) ?? 0,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const CREDENTIALS = `Basic ${Buffer.from('gateway:introspection-secret').toString('base64')}`

/**
 * RFC 7662 for a few tokens, for whoever knows the gateway's secret.
 *
 * @param tokens - the answer for each; any other token is inactive
 */
export const introspecting =
  (tokens: Readonly<Record<string, object>>): Answer =>
  ({ headers, form }, response) => {
    response.setHeader('content-type', 'application/json')
    if (headers.authorization !== CREDENTIALS) response.statusCode = 401
    response.end(JSON.stringify(tokens[form.get('token') ?? ''] ?? { active: false }))
  }
