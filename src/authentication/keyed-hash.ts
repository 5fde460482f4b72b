/**
 * Names under which verified credentials are remembered: SipHash-2-4 with 128 bits of output (Aumasson and Bernstein,
 * "SipHash: a fast short-input PRF", 2012; the wide form as in its authors' reference code).
 *
 * It is keyed, so that the memory of an isolate holds no credentials and nothing from which they can be found, and a
 * pseudorandom function, so that nobody without the key can make another text of the same name. It answers at once:
 * `crypto.subtle` would make every request wait for a promise, and libraries for it take five to forty times as long.
 */

/** @returns 8 characters of 16 bits each; undefined for texts with characters above U+00FF, which no credentials have */
export type KeyedHash = (text: string) => string | undefined

/** "somepseudorandomlygeneratedbytes", with the first change that the wide form makes. Pairs of low and high half. */
const START = [
  0x70736575,
  0x736f6d65,
  0x6e646f6d ^ 0xee,
  0x646f7261,
  0x6e657261,
  0x6c796765,
  0x79746573,
  0x74656462,
] as const

/** @param draw - gives the key of 128 random bits, once, at the first use: no number may be drawn while a Worker loads */
export function keyedHash(draw: () => Int32Array): KeyedHash {
  let key: Int32Array | undefined
  return (text) => {
    key ??= draw()
    return sipHash(key, text)
  }
}

/**
 * 64-bit words are kept as two halves in variables of their own: an array of them would take several times as long.
 * The rounds after the last word are two words more, of nothing, with four rounds each.
 */
function sipHash(key: Int32Array, text: string): string | undefined {
  const [k0l = 0, k0h = 0, k1l = 0, k1h = 0] = key
  let v0l = START[0] ^ k0l
  let v0h = START[1] ^ k0h
  let v1l = START[2] ^ k1l
  let v1h = START[3] ^ k1h
  let v2l = START[4] ^ k0l
  let v2h = START[5] ^ k0h
  let v3l = START[6] ^ k1l
  let v3h = START[7] ^ k1h
  let firstLow = 0
  let firstHigh = 0
  let beyond = 0
  const last = text.length >>> 3
  for (let word = 0; word <= last + 2; word++) {
    let low = 0
    let high = word === last ? text.length << 24 : 0
    for (let at = word * 8, end = Math.min(at + 8, text.length), shift = 0; at < end; at++, shift += 8) {
      const code = text.charCodeAt(at)
      beyond |= code
      if (shift < 32) low |= code << shift
      else high |= code << (shift - 32)
    }
    if (word === last + 1) v2l ^= 0xee
    if (word === last + 2) {
      firstLow = v0l ^ v1l ^ v2l ^ v3l
      firstHigh = v0h ^ v1h ^ v2h ^ v3h
      v1l ^= 0xdd
    }
    v3l ^= low
    v3h ^= high
    for (let round = word > last ? 4 : 2; round > 0; round--) {
      const al = (v0l + v1l) | 0
      const ah = (v0h + v1h + (al >>> 0 < v0l >>> 0 ? 1 : 0)) | 0
      const bl = ((v1l << 13) | (v1h >>> 19)) ^ al
      const bh = ((v1h << 13) | (v1l >>> 19)) ^ ah
      const cl = (v2l + v3l) | 0
      const ch = (v2h + v3h + (cl >>> 0 < v2l >>> 0 ? 1 : 0)) | 0
      const dl = ((v3l << 16) | (v3h >>> 16)) ^ cl
      const dh = ((v3h << 16) | (v3l >>> 16)) ^ ch
      // The first word has its halves changed over here and the third one below.
      v0l = (ah + dl) | 0
      v0h = (al + dh + (v0l >>> 0 < ah >>> 0 ? 1 : 0)) | 0
      v3l = ((dl << 21) | (dh >>> 11)) ^ v0l
      v3h = ((dh << 21) | (dl >>> 11)) ^ v0h
      v2h = (cl + bl) | 0
      v2l = (ch + bh + (v2h >>> 0 < cl >>> 0 ? 1 : 0)) | 0
      v1l = ((bl << 17) | (bh >>> 15)) ^ v2h
      v1h = ((bh << 17) | (bl >>> 15)) ^ v2l
    }
    v0l ^= low
    v0h ^= high
  }
  return beyond > 0xff
    ? undefined
    : characters(firstLow, firstHigh) + characters(v0l ^ v1l ^ v2l ^ v3l, v0h ^ v1h ^ v2h ^ v3h)
}

const characters = (low: number, high: number): string =>
  String.fromCharCode(low & 0xffff, low >>> 16, high & 0xffff, high >>> 16)
