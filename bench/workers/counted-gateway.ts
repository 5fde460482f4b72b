/** The gateway with its object calls counted. Same sources, same tool; it is never timed. */
import type { Batch, Reply } from '../../src/ratelimit/shard.ts'
import worker, { LimiterObject as Limiter } from '../../src/worker.ts'
import { countCall, countedFetch, countedState } from './counts.ts'

export { AssertionObject } from '../../src/worker.ts'

export class LimiterObject extends Limiter {
  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(countedState(state), env)
  }

  override take(batch: Batch): Reply {
    countCall()
    return super.take(batch)
  }

  override alarm(): Promise<void> {
    countCall()
    return super.alarm()
  }
}

export default { fetch: countedFetch(worker.fetch) }
