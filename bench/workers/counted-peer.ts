/** The peer with its object calls counted. */
import worker, { HitsObject as Hits } from '../peers/hono.ts'
import { countCall, countedFetch, countedState } from './counts.ts'

export class HitsObject extends Hits {
  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(countedState(state), env)
  }

  override increment(windowMs: number): ReturnType<Hits['increment']> {
    countCall()
    return super.increment(windowMs)
  }

  override decrement(): void {
    countCall()
    super.decrement()
  }

  override reset(): void {
    countCall()
    super.reset()
  }
}

export default { fetch: countedFetch(worker.fetch) }
