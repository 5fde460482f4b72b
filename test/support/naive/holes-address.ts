/** Another address is believed than the one that the proxy in front vouches for. */
import type { IpAddress } from '../../../src/base/address.ts'
import { type Hole, hole } from './hole.ts'
import { type Arrived, addressIn, careful, headerOf } from './parts.ts'

type Reader = (arrived: Arrived) => IpAddress | undefined

const believing = (name: string, rows: readonly string[], address: Reader): Hole =>
  hole(name, rows, () => ({ address }))

const proxied = (arrived: Arrived): string => headerOf(arrived, 'cf-connecting-ip') ?? ''

/** Some address that the range's clients may call from. */
const inside = addressIn('192.0.2.10')

/** Where careful reading finds none, the text is read by this. */
const orElse =
  (forgiving: (text: string) => IpAddress | undefined): Reader =>
  (arrived) =>
    careful.address(arrived) ?? forgiving(proxied(arrived))

const listed = (arrived: Arrived, name: string): readonly string[] =>
  (headerOf(arrived, name) ?? '').split(',').map((part) => part.trim())

export const addressHoles: readonly Hole[] = [
  believing('the first of X-Forwarded-For', ['A1', 'A2'], (arrived) => {
    const [first] = listed(arrived, 'x-forwarded-for')
    const [, last] = listed(arrived, 'x-forwarded-for')
    return addressIn(last ?? first) ?? careful.address(arrived)
  }),
  believing(
    'X-Real-IP',
    ['A1'],
    (arrived) => addressIn(headerOf(arrived, 'x-real-ip')) ?? careful.address(arrived),
  ),
  believing('Forwarded', ['A1'], (arrived) => {
    const [, text] = /for="?\[?([^\];,"]+)/.exec(headerOf(arrived, 'forwarded') ?? '') ?? []
    return addressIn(text) ?? careful.address(arrived)
  }),
  believing('any entry of X-Forwarded-For', ['A2'], (arrived) => {
    const found = listed(arrived, 'x-forwarded-for').find((part) => part.startsWith('192.0.2.'))
    return addressIn(found) ?? careful.address(arrived)
  }),
  believing('another header where the address is absent', ['A3'], (arrived) =>
    proxied(arrived) === '' ? addressIn(headerOf(arrived, 'true-client-ip')) : careful.address(arrived),
  ),
  believing('no address is no restriction', ['A3', 'A5'], (arrived) => careful.address(arrived) ?? inside),
  believing(
    'of two addresses the first',
    ['A4'],
    orElse((text) => addressIn(text.split(', ')[0])),
  ),
  believing(
    'of two addresses the last',
    ['A4'],
    orElse((text) => addressIn(text.split(', ').at(-1))),
  ),
  believing(
    'bytes that are no UTF-8 are dropped',
    ['A5'],
    orElse((text) => addressIn(text.replace(/[^\x20-\x7e]/g, ''))),
  ),
  believing('a mapped address is not the IPv4 address', ['A7'], (arrived) =>
    /^[0:]+:ffff:/i.test(proxied(arrived)) ? inside : careful.address(arrived),
  ),
  believing('IPv6 addresses are compared as text', ['A8'], (arrived) =>
    /:.*[A-F]|:0000:|:0:0\.0|\d\.\d/.test(proxied(arrived)) && proxied(arrived).includes(':')
      ? addressIn('2001:db8:6::2')
      : careful.address(arrived),
  ),
  believing(
    'octal and hexadecimal digits are read',
    ['A9'],
    orElse((text) => {
      const octets = text
        .split('.')
        .map((part) => (/^0[0-7]+$/.test(part) ? Number.parseInt(part, 8) : Number(part)))
      return addressIn(octets.join('.'))
    }),
  ),
  believing(
    'short addresses are filled up',
    ['A9'],
    orElse((text) => {
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
      return Number.isInteger(value) ? { family: 4, value } : undefined
    }),
  ),
  believing(
    'ports, brackets and zones are stripped',
    ['A10'],
    orElse((text) =>
      addressIn(
        text
          .replace(/^\[(.*)\]$/, '$1')
          .replace(/%.*$/, '')
          .replace(/^([\d.]+):\d+$/, '$1'),
      ),
    ),
  ),
  believing('Workers of other zones are believed', ['A11'], (arrived) => addressIn(proxied(arrived))),
]
