/** The requests that `npm start` invites to try, each with the status it gets. */

export type Stop = {
  readonly title: string
  readonly status: number
  /** What in the answer to look at. */
  readonly shows: string
  readonly curl: readonly string[]
}

const OWNER = 'demo-owner-client-000000000001:demo-owner-secret-0123456789abcdef'
const READER = 'demo-reader-client-00000000001:demo-reader-secret-0123456789abcdef'
const OTP = 'demo-otp-client-00000000000001:demo-otp-secret-0123456789abcdef'

/** Behind Cloudflare the edge sets this header; on a laptop the caller plays the edge. */
const from = (address: string): string => `-H 'CF-Connecting-IP: ${address}'`

/** @param url - of the gateway, without a trailing slash */
export const tour = (url: string): readonly Stop[] => [
  {
    title: 'A reader searches users from an address on its allow list',
    status: 200,
    shows: 'the records, and X-RateLimit-* headers',
    curl: [`-u ${READER}`, from('192.0.2.55'), '-d type_name=user', `${url}/akamai/entity.find`],
  },
  {
    title: 'The same request from an address that is not on it',
    status: 403,
    shows: "the vendor's client_permission_error with a request_id",
    curl: [`-u ${READER}`, from('203.0.113.9'), '-d type_name=user', `${url}/akamai/entity.find`],
  },
  {
    title: 'A reader tries to write: direct_read_access is not enough',
    status: 403,
    shows: 'the same body; the log line says feature_missing',
    curl: [`-u ${READER}`, from('192.0.2.55'), '-d type_name=user', `${url}/akamai/entity.create`],
  },
  {
    title: 'One test message a minute',
    status: 200,
    shows: 'X-RateLimit-Remaining: 0',
    curl: [`-u ${OTP}`, from('192.0.2.55'), '-X POST', `${url}/otp/test`],
  },
  {
    title: 'The second one within the minute',
    status: 429,
    shows: 'Retry-After, in seconds',
    curl: [`-u ${OTP}`, from('192.0.2.55'), '-X POST', `${url}/otp/test`],
  },
  {
    title: 'An owner manages API clients from outside its allow list, 192.168.0.0/20',
    status: 500,
    shows: '{"message":"Internal Server Error"}, as the vendor documents it',
    curl: [`-u ${OWNER}`, from('192.168.44.44'), `${url}/akamai/config/acme/clients`],
  },
  {
    title: 'Flows ignore the allow list: the same owner, the same address',
    status: 200,
    shows: 'the flows',
    curl: [`-u ${OWNER}`, from('192.168.44.44'), `${url}/akamai/config/acme/flows`],
  },
]

/** The tour as text, every command ready to be pasted. */
export const printedTour = (url: string): string =>
  tour(url)
    .map(
      ({ title, status, shows, curl }) => `  # ${title}: ${status}, ${shows}\n  curl -i ${curl.join(' ')}\n`,
    )
    .join('\n')
