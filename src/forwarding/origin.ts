/** Where an upstream lives: fixed by the policy, or named there and given by the environment. */
import type { OriginConfig } from './config.ts'

/**
 * @param environment - the Worker's variables, by name
 * @returns `scheme://host[:port]`, or undefined when the variable is missing or is not a bare origin;
 *   requests for it are then answered with 503 and never sent anywhere else
 */
export function resolveOrigin(
  config: OriginConfig,
  environment: Readonly<Record<string, unknown>>,
): string | undefined {
  if ('url' in config) return bareOrigin(config.url)
  const given = environment[config.env]
  const text = typeof given === 'string' && given !== '' ? given : config.fallback
  return text === undefined ? undefined : bareOrigin(text)
}

/** An http or https origin without path, query or user information; one trailing slash is forgiven. */
export function bareOrigin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { origin, protocol, href } = new URL(text)
  return /^https?:$/.test(protocol) && href === `${origin}/` ? origin : undefined
}
