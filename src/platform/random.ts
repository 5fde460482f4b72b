/** Random numbers. None may be drawn while the Worker loads, only in a request. */

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const ID_CHARACTERS = 16
const POOL_BYTES = 1024

let pool = new Uint8Array(0)
let used = 0

/** A request id as the vendor's bodies carry it: 16 lower-case letters and digits, 80 random bits. */
export function requestId(): string {
  if (used + ID_CHARACTERS > pool.length) {
    pool = crypto.getRandomValues(new Uint8Array(POOL_BYTES))
    used = 0
  }
  let id = ''
  for (const end = used + ID_CHARACTERS; used < end; used++) id += ALPHABET[(pool[used] ?? 0) & 31]
  return id
}

/** A number from 0 up to 1 that decides whether an allowed request is logged. */
export const sample = (): number => Math.random()

/** The key of `keyedHash`, 128 bits. It lives as long as the isolate and leaves it nowhere. */
export const hashKey = (): Int32Array => crypto.getRandomValues(new Int32Array(4))
