/** A certificate for `localhost`, signed by itself and made on the spot, so that none lies about and runs out. */
import { generateKeyPairSync, sign } from 'node:crypto'

export type OwnCertificate = { readonly cert: string; readonly key: string }

const SEQUENCE = 0x30
const SET = 0x31
const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const OID = 0x06
const UTF8_STRING = 0x0c
const GENERALIZED_TIME = 0x18
const BOOLEAN = 0x01

/** Tag, length and value (X.690 section 8.1). */
function der(tag: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const value = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
  )
  const length = value.length < 0x80 ? [value.length] : [0x82, value.length >> 8, value.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), value])
}

const ECDSA_SHA256 = der(SEQUENCE, der(OID, '\x2a\x86\x48\xce\x3d\x04\x03\x02'))
const COMMON_NAME = der(OID, '\x55\x04\x03')
const NAME = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, 'localhost'))))
const ALT_NAME = der(OID, '\x55\x1d\x11')
const CONSTRAINTS = der(OID, '\x55\x1d\x13')
/** Context tags of a GeneralName's dNSName, and of TBSCertificate (RFC 5280 sections 4.2.1.6 and 4.1). */
const DNS_NAME = 0x82
const VERSION = 0xa0
const EXTENSIONS = 0xa3

export function ownCertificate(): OwnCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const validity = der(
    SEQUENCE,
    der(GENERALIZED_TIME, '20200101000000Z'),
    der(GENERALIZED_TIME, '20990101000000Z'),
  )
  const names = der(SEQUENCE, ALT_NAME, der(OCTET_STRING, der(SEQUENCE, der(DNS_NAME, 'localhost'))))
  const authority = der(SEQUENCE, CONSTRAINTS, der(OCTET_STRING, der(SEQUENCE, der(BOOLEAN, '\xff'))))
  const unsigned = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, '\x02')),
    der(INTEGER, '\x01'),
    ECDSA_SHA256,
    NAME,
    validity,
    NAME,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, der(SEQUENCE, names, authority)),
  )
  const signature = der(BIT_STRING, '\0', sign('sha256', unsigned, privateKey))
  const lines =
    der(SEQUENCE, unsigned, ECDSA_SHA256, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return {
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  }
}
