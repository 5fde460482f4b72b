/** Every rule of `sallyport lint`. A policy that breaks one loads all the same; docs/lint has a page for each. */

export type Level = 'error' | 'warning' | 'info'

export type Rule = {
  readonly level: Level
  /** What it finds, as the table of docs/lint/README.md says it. */
  readonly finds: string
}

/** The numbers stay; a rule that is given up leaves a gap. */
export const lintRules = {
  L101: { level: 'error', finds: 'a client with a powerful feature that may call from everywhere' },
  L102: { level: 'error', finds: 'every address, or a network shorter than /8 (IPv4) or /19 (IPv6)' },
  L103: { level: 'warning', finds: 'an allow list with IPv4 entries and no IPv6 ones, or the reverse' },
  L104: { level: 'warning', finds: 'an entry that is covered by another one, or stands twice' },
  L105: { level: 'error', finds: 'an allow entry that lies wholly inside the deny list' },
  L106: { level: 'warning', finds: 'a network whose address has host bits' },
  L107: { level: 'warning', finds: 'a deny entry that overlaps no allow entry' },
  L108: { level: 'warning', finds: 'a private, loopback or documentation range in an allow list' },
  L109: { level: 'warning', finds: 'an IPv4 address that is written as a mapped IPv6 one' },
  L110: { level: 'error', finds: 'the address that the Workers of every other zone call from' },
  L201: { level: 'warning', finds: 'a client that can reach no route' },
  L202: { level: 'warning', finds: 'a feature that no client holds, or that no route asks for' },
  L203: { level: 'warning', finds: 'a rate group that no route uses' },
  L204: { level: 'warning', finds: 'a network that no list uses' },
  L205: { level: 'warning', finds: 'a caller set that no route uses' },
  L206: { level: 'warning', finds: 'a token issuer that no route uses' },
  L301: { level: 'error', finds: 'a secret that has expired' },
  L302: { level: 'warning', finds: 'a secret that expires within 30 days' },
  L303: { level: 'warning', finds: 'a secret that lives longer than 400 days' },
  L305: { level: 'warning', finds: 'the only live secret of a client, ten days before it expires' },
  L306: { level: 'error', finds: 'two clients with the same secret hash or the same client id' },
  L307: { level: 'warning', finds: 'a client whose signed requests are let through unchecked' },
  L401: { level: 'warning', finds: 'a token route that ignores the allow lists its clients have' },
  L402: { level: 'info', finds: 'a route for clients that ignores the allow lists they have' },
  L403: { level: 'info', finds: 'two routes that cross: some paths fit both, and each has others' },
  L404: { level: 'warning', finds: 'a route that is never reached, since others take all its paths' },
  L405: { level: 'error', finds: '`auth: none` on POST, PUT, PATCH or DELETE' },
  L406: { level: 'info', finds: 'PUT or DELETE open to callers who may not GET' },
  L502: { level: 'error', finds: '`report_only` past its date' },
  L601: { level: 'warning', finds: 'a burst above the rate, or an average above it' },
  L701: { level: 'warning', finds: 'a powerful feature that no test uses' },
  L901: { level: 'warning', finds: 'an exception that excepts nothing, or is past its date' },
  L902: { level: 'error', finds: 'an exception without a reason' },
} as const satisfies Readonly<Record<`L${number}`, Rule>>

export type LintCode = keyof typeof lintRules

export const isLintCode = (text: string): text is LintCode => Object.hasOwn(lintRules, text)
