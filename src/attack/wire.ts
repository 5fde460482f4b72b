/** A request as it stands on the wire. Clients tidy paths and headers; an attack must not be tidied. */

export type Wire = {
  readonly method: string
  /** Request target, byte for byte; a character is a byte (ISO 8859-1). */
  readonly target: string
  /** Field lines without their line ends. A Host line is added unless one is here. */
  readonly headers: readonly string[]
  /** Sent with its Content-Length. */
  readonly body?: string
  /** Sent in place of a body, with no length of its own: the headers then say what they like. */
  readonly raw?: string
  readonly version?: string
}

/** Header by which a request is known again at the upstream, in answers and in reports. */
export const PROBE = 'X-Probe'

/** Asks the echo upstream for all requests that it saw and whose mark begins so. */
export const REPORT = 'X-Probe-Report'

/**
 * @param host - of the Host line
 * @param mark - of this request alone
 * @returns the whole request, one character a byte
 */
export function wireText(wire: Wire, host: string, mark: string): string {
  const { method, target, headers, body = '', raw, version = 'HTTP/1.1' } = wire
  const hasHost = headers.some((line) => /^host\s*:/i.test(line))
  const hasBody = body !== '' || method === 'POST' || method === 'PUT'
  const lines = [
    `${method} ${target} ${version}`,
    ...(hasHost ? [] : [`Host: ${host}`]),
    `${PROBE}: ${mark}`,
    ...(headers.some((line) => /^connection\s*:/i.test(line)) ? [] : ['Connection: close']),
    ...headers,
    ...(raw === undefined && hasBody ? [`Content-Length: ${body.length}`] : []),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${raw ?? body}`
}
