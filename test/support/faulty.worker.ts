/**
 * What end-to-end tests put around the deploy bundle: objects that fail when they are told to, and clocks that step.
 * Runs inside workerd; its types are taken off on the way (`faulty-bundle.ts`). What is tested is the bundle's own
 * code between the two.
 */
import type { Env } from '../../src/platform/env.ts'
import type { LimiterObject } from '../../src/platform/limiter-object.ts'

/** How the limiter's objects fail. `dies` counts and is gone; `forgetful` loses its memory after each answer. */
export type Fault = 'none' | 'throws' | 'slow' | 'overloaded' | 'empty' | 'dies' | 'forgetful'

/** What `POST http://faults.test/` sets. Steps are in milliseconds and count from the real time. */
export type Orders = { readonly fault?: Fault; readonly gatewayStep?: number; readonly objectStep?: number }

type Worker = { readonly fetch: (request: Request, env: Env) => Response | Promise<Response> }

/** Above every group's budget. */
const SLOW_MS = 5_000

/** @returns the two exports that take the place of the bundle's own */
export function withFaults(worker: Worker, Original: typeof LimiterObject) {
  const told = { fault: 'none' as Fault, gatewayStep: 0, objectStep: 0 }
  let calls = 0
  let step = 0
  const clock = Date.now
  Date.now = () => clock() + step

  class FaultyLimiter extends Original {
    override take(batch: Parameters<LimiterObject['take']>[0]): ReturnType<LimiterObject['take']> {
      if (told.fault === 'throws') throw new Error('the disk is full')
      if (told.fault === 'empty') return { outcomes: [] }
      // The object's clock is another machine's; nothing of the gateway runs before the end of this call.
      step = told.objectStep
      const reply = super.take(batch)
      step = told.gatewayStep
      if (told.fault === 'dies') this.ctx.abort('died in a test')
      return reply
    }

    async slowly(batch: Parameters<LimiterObject['take']>[0]): Promise<ReturnType<LimiterObject['take']>> {
      await scheduler.wait(SLOW_MS)
      return this.take(batch)
    }

    forget(): void {
      this.ctx.abort('evicted by a test')
    }
  }

  const failing = (objects: DurableObjectNamespace<FaultyLimiter>) => ({
    getByName: (name: string) => ({
      take: async (batch: Parameters<LimiterObject['take']>[0]) => {
        calls += 1
        if (told.fault === 'overloaded')
          throw Object.assign(new Error('Durable Object is overloaded.'), { overloaded: true })
        if (told.fault === 'slow') return await objects.getByName(name).slowly(batch)
        const reply = await objects.getByName(name).take(batch)
        if (told.fault === 'forgetful')
          await objects
            .getByName(name)
            .forget()
            .catch(() => undefined)
        return reply
      },
    }),
  })

  const obey = async (request: Request): Promise<Response> => {
    Object.assign(told, await request.json<Orders>())
    step = told.gatewayStep
    const before = calls
    calls = 0
    return Response.json({ calls: before })
  }

  return {
    FaultyLimiter,
    worker: {
      fetch(request: Request, env: Env & { readonly LIMITER: DurableObjectNamespace<FaultyLimiter> }) {
        if (request.headers.get('host') === 'faults.test') return obey(request)
        return worker.fetch(request, { ...env, LIMITER: failing(env.LIMITER) } as unknown as Env)
      },
    },
  }
}
