/** Where the bench's workers forward to. */
export type Origin = { readonly ORIGIN: string }

/** The same path and query at the upstream, found in the text: parsing a URL would make the yardstick slower. */
export const toOrigin = (url: string, { ORIGIN }: Origin): string =>
  ORIGIN + url.slice(url.indexOf('/', url.indexOf('://') + 3))
