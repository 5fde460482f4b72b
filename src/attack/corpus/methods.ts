/** Threats M1 to M3: another method is decided on than the one that is served. */
import { type Attack, SPOOF } from '../attack.ts'
import { type Aim, basicLine, cameFrom, type Scene, truthOf } from '../scene.ts'

/** Names under which frameworks take the method of a request from its header (threat M1). */
const overrides = [
  'X-HTTP-Method-Override',
  'X-HTTP-Method',
  'X-Method-Override',
  '_method',
  'X_HTTP_Method_Override',
  'X.HTTP.Method.Override',
]

/** Methods that few policies name (threat M3), among them such as are only nearly one. */
const others = ['OPTIONS', 'PATCH', 'TRACE', 'PUT', 'DELETE', 'CONNECT', 'PROPFIND', 'get', 'GETX', 'DEBUG']

/** A method that the route lists is no attack, so each policy has its own. */
export function methodAttacks(scene: Scene): readonly Attack[] {
  return scene.aims.flatMap((aim) => [
    ...overridden(scene, aim),
    ...headForGet(scene, aim),
    ...others
      .filter((method) => !Object.hasOwn(aim.route.callers, method))
      .map((method) => unlisted(scene, aim, method)),
  ])
}

/** All names in one request: each that arrives is seen for itself. */
function overridden(scene: Scene, aim: Aim): Attack[] {
  const { holder } = aim
  if (holder === undefined) return []
  const home = cameFrom(scene, holder.address)
  const lines = overrides.map((name) => `${name}: DELETE-${SPOOF}`)
  const wire = {
    method: aim.method,
    target: aim.path,
    headers: [basicLine(holder), ...home.headers, ...lines],
  }
  const what = 'headers that name another method'
  return [{ row: 'M1', what, aim, steps: [{ wire, truth: truthOf(holder) }] }]
}

/** HEAD is GET without the body of the answer (RFC 9110 section 9.3.2), and needs what GET needs (threat M2). */
function headForGet(scene: Scene, aim: Aim): Attack[] {
  if (aim.method !== 'GET') return []
  const home = cameFrom(scene, aim.holder?.address)
  const wire = { method: 'HEAD', target: aim.path, headers: home.headers }
  const preflight = {
    method: 'OPTIONS',
    target: aim.path,
    headers: [...home.headers, 'Origin: https://evil.invalid', 'Access-Control-Request-Method: GET'],
  }
  const truth = { address: home.address }
  return [
    { row: 'M2', what: 'HEAD without credentials', aim, steps: [{ wire, truth }] },
    { row: 'M2', what: 'a preflight without credentials', aim, steps: [{ wire: preflight, truth }] },
  ]
}

/** By the holder where there is one: so that the method alone is wrong. */
function unlisted(scene: Scene, aim: Aim, method: string): Attack {
  const home = cameFrom(scene, aim.holder?.address)
  const { holder } = aim
  const headers = holder === undefined ? home.headers : [basicLine(holder), ...home.headers]
  const truth = holder === undefined ? { address: home.address } : truthOf(holder)
  const wire = { method, target: method === 'CONNECT' ? 'evil.invalid:443' : aim.path, headers }
  return { row: 'M3', what: `${method}, which the route does not list`, aim, steps: [{ wire, truth }] }
}
