import { fail } from '../base/result.ts'

/**
 * Why a token is not accepted. `why` is one of a fixed set of sentences for the decision log: no text of the token,
 * of a key or of an exception is ever in it (threats T14, H7).
 */
export type TokenRefusal = {
  /** `unavailable`: the issuer could not be asked. The caller is not to blame, and the token may be good. */
  readonly kind: 'invalid' | 'unavailable'
  readonly why: string
}

export const invalid = (why: string) => fail<TokenRefusal>({ kind: 'invalid', why })
export const unavailable = (why: string) => fail<TokenRefusal>({ kind: 'unavailable', why })
