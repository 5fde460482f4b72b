/**
 * The identity API that stands behind the gateway in the demonstration: a Worker with user records in memory.
 * Started by `npm start` beside the gateway, and never part of what `wrangler deploy` ships.
 *
 * It trusts everything that reaches it. Who may call what is the gateway's business.
 */
import { entityOperations, type Json } from './capture.ts'
import { recordStore } from './records.ts'

const operations = entityOperations(recordStore())

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const operation = operations.get(url.pathname)
    if (operation !== undefined) {
      return answer(operation(await parametersOf(request, url), new Date()), request)
    }
    return Response.json(sampleOf(`${request.method} ${url.pathname}`) ?? echo(request, url))
  },
}

/** The vendor answers failed calls with 200 as well; `stat` tells them apart (vendor page: errors). */
function answer(body: Json, request: Request): Response {
  const requestId = request.headers.get('x-request-id')
  const failed = body['stat'] === 'error' && requestId !== null
  return Response.json(failed ? { request_id: requestId, ...body } : body)
}

/** Parameters of the query and of a form body alike: the Capture host takes both. */
async function parametersOf(request: Request, url: URL): Promise<URLSearchParams> {
  const isForm = request.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded')
  const form = isForm ? await request.text() : ''
  return new URLSearchParams(`${url.search.slice(1)}&${form}`)
}

/** Fixed answers, by method and path. */
const SAMPLES: readonly (readonly [shape: RegExp, body: (app: string) => Json | readonly Json[]])[] = [
  [
    /^GET \/config\/([^/]+)\/clients$/,
    (app) => [
      client(app, 'demo-owner-client-000000000001', 'Demo owner', ['owner'], ['192.168.0.0/20']),
      client(app, 'demo-writer-client-00000000001', 'Demo writer', ['direct_access'], ['0.0.0.0/0']),
    ],
  ],
  [
    /^GET \/config\/([^/]+)\/flows$/,
    (app) => ['signIn', 'editProfile'].map((name) => ({ name, _self: `/config/${app}/flows/${name}` })),
  ],
  [
    /^GET \/clients\/list$/,
    () => ({
      stat: 'ok',
      results: [
        { client_id: 'demo-owner-client-000000000001', features: ['owner'], whitelist: ['192.168.0.0/20'] },
        { client_id: 'demo-login-client-000000000001', features: ['login_client'], whitelist: ['0.0.0.0/0'] },
      ],
    }),
  ],
  [/^(?:GET|POST) \/access\/getAccessToken$/, () => ({ stat: 'ok', accessToken: 'demo-access-token' })],
  [/^POST \/oauth\/auth_native_traditional$/, () => ({ stat: 'ok', access_token: 'demo-user-token' })],
  [/^POST \/test$/, () => ({ sent: true })],
]

function client(
  app: string,
  id: string,
  name: string,
  features: readonly string[],
  ipWhitelist: readonly string[],
): Json {
  return { _self: `/config/${app}/clients/${id}`, _id: id, name, features, ipWhitelist }
}

function sampleOf(methodAndPath: string): Json | readonly Json[] | undefined {
  for (const [shape, body] of SAMPLES) {
    const match = shape.exec(methodAndPath)
    if (match !== null) return body(match[1] ?? '')
  }
  return undefined
}

/** What was forwarded, for the person who is looking. Credentials are cut down to their scheme. */
function echo(request: Request, url: URL): Json {
  const headers = Object.fromEntries(request.headers)
  const authorization = request.headers.get('authorization')
  if (authorization !== null) headers['authorization'] = `${authorization.split(' ')[0]} (hidden)`
  return {
    stat: 'ok',
    forwarded: { method: request.method, path: url.pathname, query: url.search.slice(1), headers },
  }
}
