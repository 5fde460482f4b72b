/** The worker of the workerd test project: only what its tests bind. */
export { AssertionObject } from '../../src/platform/assertion-object.ts'
export { LimiterObject } from '../../src/platform/limiter-object.ts'

export default { fetch: () => new Response('ok') }
