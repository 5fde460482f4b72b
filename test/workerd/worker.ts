/** The worker of the workerd test project: only what its tests bind. */
export { LimiterObject } from '../../src/platform/limiter-object.ts'

export default { fetch: () => new Response('ok') }
