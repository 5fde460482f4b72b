/** Addresses in an upstream's answer, as a caller of the gateway knows them: the way back of `target.ts`. */

/** RFC 9110 sections 10.2.2 and 8.7. */
const FIELDS = ['location', 'content-location']

export type Mounted = {
  /** Of the upstream that answered: `scheme://host[:port]`. */
  readonly origin: string
  /** Of its mount; empty at the root. */
  readonly prefix: string
}

/**
 * Changes the fields in place. What a created resource is called must lead back through the gateway: whoever follows
 * it to the upstream's own host would come with its credentials, and past the policy.
 *
 * A redirect to the upstream's own host is left alone. It takes people to pages of the vendor's, which are no routes
 * here, and whose cookies belong to that host.
 *
 * @param sent - names of the fields that the upstream sent, in lower case
 */
export function returnedThrough(
  headers: Headers,
  sent: readonly string[],
  status: number,
  mounted: Mounted,
): void {
  for (const name of FIELDS) {
    const address = sent.includes(name) ? headers.get(name) : null
    const path = address === null ? undefined : ownPath(address, status, mounted)
    if (path !== undefined) headers.set(name, mounted.prefix + path)
  }
}

/** @returns the path, query and fragment at the upstream; undefined for an address that stays as it is */
function ownPath(address: string, status: number, { origin }: Mounted): string | undefined {
  const isRedirect = status >= 300 && status < 400
  const path = address.startsWith(`${origin}/`) && !isRedirect ? address.slice(origin.length) : address
  // Two slashes, of either kind, are how browsers write another host (threat P4), also with a tab between them: the
  // URL standard (section 4.4) drops tabs and line ends wherever they stand.
  return /^\/(?![/\\])[^\t\r\n]*$/.test(path) ? path : undefined
}
