import { keyedHash } from '../../src/authentication/keyed-hash.ts'

/** The key of the algorithm's published test vectors: the bytes 0 to 15. */
export const hash = keyedHash(() => Int32Array.of(0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c))
