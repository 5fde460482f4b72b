/// <reference types="@cloudflare/vitest-plugin/types" />

declare namespace Cloudflare {
  /** The bindings of the workerd test project (vitest.config.ts). */
  interface Env {
    readonly ASSERTIONS: DurableObjectNamespace<
      import('../../src/platform/assertion-object.ts').AssertionObject
    >
    readonly LIMITER: DurableObjectNamespace<import('../../src/platform/limiter-object.ts').LimiterObject>
  }
}
