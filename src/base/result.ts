/** Success or an expected failure, as a value. Exceptions are for bugs. */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E }

/** A value that may have to be waited for. A stage that answers at once costs no promise. */
export type Awaitable<T> = T | Promise<T>

/** Goes on at once when the value is there, so that an answer from memory costs no promise. */
export const whenReady = <A, B>(value: Awaitable<A>, next: (value: A) => Awaitable<B>): Awaitable<B> =>
  value instanceof Promise ? value.then(next) : next(value)

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })

export const fail = <E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error })
