/** The one secret that the run's secret check accepts. The clients' own are known to nobody here. */
export const TEST_SECRET = 'secret-of-a-policy-test'

/** A Basic header (RFC 7617) with that secret. */
export const basicHeader = (clientId: string): string => `Basic ${base64(`${clientId}:${TEST_SECRET}`)}`

const base64 = (text: string): string =>
  btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''))
