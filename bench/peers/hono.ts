/**
 * The peer: what one would assemble from Hono's own middleware for the same job. Basic or a JWT, the client's address
 * lists, its features, a limit with headers, and a proxy.
 *
 * Written to be quick where the middleware lets it: clients are found in a map, their address matchers are made once,
 * the limit is asked after everything that can refuse without it, the request is handed to the proxy as it is. Unlike
 * the gateway it keeps no decision log and checks neither Host nor path.
 */
import { type Handler, Hono, type MiddlewareHandler } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import { ipRestriction } from 'hono/ip-restriction'
import { jwk } from 'hono/jwk'
import { proxy } from 'hono/proxy'
import { sha256 } from 'hono/utils/crypto'
import { rateLimiter } from 'hono-rate-limiter'
import { toOrigin } from '../workers/origin.ts'
import { type HitsObject, hitsStore } from './hits.ts'
import type { PeerRoute, PeerSettings } from './settings.ts'

export { HitsObject } from './hits.ts'

export type PeerEnv = {
  readonly ORIGIN: string
  /** `PeerSettings` as JSON. */
  readonly SETTINGS: string
  readonly HITS: DurableObjectNamespace<HitsObject>
}

type Client = PeerSettings['clients'][number] & { readonly admitsAddress: MiddlewareHandler }

type App = {
  readonly Bindings: PeerEnv
  readonly Variables: {
    client: Client
    /** Set by `jwk`. */
    jwtPayload?: { readonly client_id?: unknown; readonly scope?: unknown }
  }
}

let app: Hono<App> | undefined

export default {
  fetch(request: Request, env: PeerEnv): Response | Promise<Response> {
    app ??= build(env)
    return app.fetch(request, env)
  },
}

function build(env: PeerEnv): Hono<App> {
  const settings: PeerSettings = JSON.parse(env.SETTINGS)
  const clients = new Map(settings.clients.map((client) => [client.id, clientOf(client)]))
  const authenticate = { basic: byBasic(clients), token: byToken(clients, settings) }
  const limits = new Map(
    settings.limits.map(({ name, windowMs, limit }) => [
      name,
      rateLimiter<App>({
        windowMs,
        limit,
        standardHeaders: 'draft-7',
        keyGenerator: (context) => context.var.client.id,
        store: hitsStore(env.HITS, name),
      }),
    ]),
  )
  const app = new Hono<App>()
  for (const route of settings.routes) {
    const limited = limits.get(route.limit)
    if (limited === undefined) throw new Error(`no limit ${route.limit}`)
    app.get(route.path, authenticate[route.auth], fromItsAddress, entitled(route), limited, forward)
  }
  return app
}

const forward: Handler<App> = ({ req, env }) => proxy(toOrigin(req.url, env), { raw: req.raw })

const clientOf = (caller: PeerSettings['clients'][number]): Client => ({
  ...caller,
  admitsAddress: ipRestriction((context) => context.req.header('cf-connecting-ip') ?? '', {
    allowList: [...caller.allow],
    denyList: [...caller.deny],
  }),
})

const byBasic = (clients: ReadonlyMap<string, Client>): MiddlewareHandler<App> =>
  basicAuth({
    verifyUser: async (id, secret, context) => {
      const client = clients.get(id)
      const hash = await sha256(secret)
      if (client === undefined || hash !== client.sha256) return false
      context.set('client', client)
      return true
    },
  })

/** `jwk` verifies; the token's client is looked up after it. */
function byToken(clients: ReadonlyMap<string, Client>, { issuer }: PeerSettings): MiddlewareHandler<App> {
  const verify = jwk({
    keys: [issuer.key],
    alg: ['ES256'],
    verification: { iss: issuer.name, aud: issuer.audience },
  })
  return async (context, next) => {
    let client: Client | undefined
    await verify(context, async () => {
      const id = context.var.jwtPayload?.client_id
      client = typeof id === 'string' ? clients.get(id) : undefined
    })
    if (client === undefined) return context.text('Forbidden', 403)
    context.set('client', client)
    return await next()
  }
}

const fromItsAddress: MiddlewareHandler<App> = (context, next) =>
  context.var.client.admitsAddress(context, next)

const entitled =
  ({ features, scopes }: PeerRoute): MiddlewareHandler<App> =>
  async (context, next) => {
    const { client, jwtPayload } = context.var
    const granted = typeof jwtPayload?.scope === 'string' ? jwtPayload.scope.split(' ') : []
    const enough =
      client.features.some((feature) => features.includes(feature)) ||
      granted.some((scope) => scopes.includes(scope))
    return enough ? await next() : context.text('Forbidden', 403)
  }
