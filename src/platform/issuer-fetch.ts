/** One call to a token issuer, bounded in time and size. The gateway believes what comes back, so it is strict. */
import { fail, ok, type Result } from '../base/result.ts'
import type { Millis } from '../base/time.ts'

/** Shorter than what waits for it (`VANISHED_AFTER` in authentication/remote-keys.ts). */
const TIMEOUT: Millis = 3_000
/** Far above any key set and any introspection answer. */
const MAX_BYTES = 64 * 1024

export type IssuerCall = {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * Calls the issuer and parses its answer.
 *
 * @returns the JSON of a 200, or a short reason. A redirect is a failure: who answers is fixed by the policy.
 */
export async function issuerFetch(address: string, call: IssuerCall): Promise<Result<unknown, string>> {
  if (!isSecure(address)) return fail('the address is not https')
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), TIMEOUT)
  try {
    const response = await fetch(address, { ...call, redirect: 'manual', signal: abort.signal })
    if (response.status !== 200) return fail(`the answer is a ${response.status}`)
    const text = await textUpTo(response, MAX_BYTES)
    return text === undefined ? fail('the answer is too long') : ok(JSON.parse(text))
  } catch (error) {
    if (abort.signal.aborted) return fail('no answer in time')
    return fail(error instanceof SyntaxError ? 'the answer is no JSON' : 'no answer')
  } finally {
    clearTimeout(timer)
  }
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** The policy is checked for this already; a policy that was compiled elsewhere is not believed either. */
function isSecure(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname))
}

async function textUpTo(response: Response, limit: number): Promise<string | undefined> {
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    if (length > limit) return undefined
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
