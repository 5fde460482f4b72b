/** Which header fields stop at the gateway. All names in lower case, with `-` where a sender may write `_` or `.`. */

/** Fields of one connection (RFC 9110 section 7.6.1; trailer fields are not passed on, section 6.5.1). */
export const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * Fields that the gateway's own request has of its own: the upstream's host and body length, an expectation that was
 * met when the body was accepted (RFC 9110 section 10.1.1), the keys of the WebSocket handshake (RFC 6455 section 4.1).
 */
export const ownConnection: ReadonlySet<string> = new Set([
  'content-length',
  'expect',
  'host',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-version',
])

/**
 * Fields the decision was made by. A sender may not have them removed on the way by naming them in Connection
 * (threat H3): the upstream would read the body, or the caller, in another way than the gateway did.
 */
export const notConnectionOptions: ReadonlySet<string> = new Set([
  'authorization',
  'content-encoding',
  'content-type',
])

/**
 * Fields by which upstreams learn who is calling and from where; only the gateway may say so (threats A1, H1, H6).
 * `client-cert` carries a certificate past a proxy that ended TLS (RFC 9440).
 */
export const identityNames: ReadonlySet<string> = new Set([
  'client-cert',
  'client-cert-chain',
  'client-ip',
  'fastly-client-ip',
  'forwarded',
  'remote-user',
  'true-client-ip',
  'x-client-id',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-real-ip',
  'x-remote-addr',
  'x-remote-ip',
  'x-remote-user',
  'x-request-id',
])

/** Fields that switch an upstream to another method or path than the one that was decided on (threats M1, H5). */
export const overrideNames: ReadonlySet<string> = new Set([
  '-method',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
])

/**
 * Whole families of both kinds. `x-envoy-` steers proxies that upstreams stand behind (threat H5); `x-ssl-` and its
 * like carry client certificates, for Cloudentity by the vendor's own example (seed: createAuthorizationServer).
 */
export const ownedPrefixes: readonly string[] = [
  'cf-',
  'ssl-client-',
  'x-amzn-mtls-',
  'x-authenticated-',
  'x-client-cert',
  'x-envoy-',
  'x-forwarded-',
  'x-original-',
  'x-rewrite-',
  'x-sallyport-',
  'x-ssl-',
  'x-tls-client-',
]

/**
 * Fields of an upstream's answer that tell of its inside, or that the gateway says itself (threat H8).
 * `alt-svc` would send the caller past the gateway to a host of the upstream's choice (RFC 7838 section 3).
 */
export const responseNames: ReadonlySet<string> = new Set([
  'alt-svc',
  'ratelimit',
  'ratelimit-policy',
  'server',
  'x-aspnet-version',
  'x-aspnetmvc-version',
  'x-powered-by',
  'x-request-id',
])

export const responsePrefixes: readonly string[] = ['x-internal-', 'x-ratelimit-', 'x-sallyport-']

/**
 * The name under which a field is judged: many servers read `X_Client_Id` and `X.Client.Id` as `X-Client-Id`
 * (threat H2).
 */
export function foldedName(name: string): string {
  const lower = name.toLowerCase()
  return lower.includes('_') || lower.includes('.') ? lower.replaceAll('_', '-').replaceAll('.', '-') : lower
}
