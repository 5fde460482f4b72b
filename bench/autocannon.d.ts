/** The part of `autocannon` that the benchmark uses. The package has no types of its own. */
declare module 'autocannon' {
  type Request = {
    readonly method: 'GET'
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
  }

  type Options = {
    readonly url: string
    readonly connections: number
    /** In seconds. */
    readonly duration: number
    /** Called for each connection before it sends. */
    readonly setupClient: (client: { setRequests(requests: readonly Request[]): void }) => void
  }

  type Result = {
    readonly statusCodeStats: Readonly<Record<string, { readonly count: number }>>
    readonly errors: number
    readonly timeouts: number
    /** In seconds. */
    readonly duration: number
    /** In milliseconds. */
    readonly latency: { readonly p50: number; readonly p99: number }
  }

  export default function autocannon(options: Options): Promise<Result>
}
