/**
 * The secrets of the demonstration. They are printed in the README, so a client that has one is open to everybody:
 * `build` refuses it unless it is told that it builds the demonstration.
 */

/** Hash, as the policy has it, to the text it was made of. */
export const demoSecrets: ReadonlyMap<string, string> = new Map([
  [
    'sha256:379a13be3a674dc84c2ae3406cab09fd84268ead0b9eb306eec99d41763f55c9',
    'demo-owner-secret-0123456789abcdef',
  ],
  [
    'sha256:c775ce3cc8c448477460c0fbcb273df76b6984462ec48fa009117dfa4dcab33a',
    'demo-reader-secret-0123456789abcdef',
  ],
  [
    'sha256:0b2053ab58c754764d1d420cd9200c5b58bd934baf375cbe5cdf3ec9d9b331eb',
    'demo-writer-secret-0123456789abcdef',
  ],
  [
    'sha256:fc59f314ea508420a2cc41c7f73d0f4c21af55961f488629cbdc3391df429ab4',
    'demo-issuer-secret-0123456789abcdef',
  ],
  [
    'sha256:d888a282e9ca0ef4e84700a2a607cfc3a9c72dd7187da4810c18cbbb23a31849',
    'demo-otp-secret-0123456789abcdef',
  ],
])
