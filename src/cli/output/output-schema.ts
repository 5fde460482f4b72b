/**
 * What `--format json` prints, for every command one form: `sallyport schema --output` publishes it. The types of what
 * the commands print come from these definitions, so that the two cannot part.
 */
import { z } from 'zod'
import { reasons } from '../../decision/denial.ts'
import { steps } from '../../decision/stage.ts'
import { verdicts } from '../../replay/replay.ts'

/** Fields may be added without a new number; readers pass over those that they do not know. */
export const OUTPUT_FORMAT = 1

// Names and sentences, lists of them, and numbers of things.
const text = () => z.string()
const texts = () => z.array(z.string())
const count = () => z.int().min(0)
const outcome = z.enum(['allowed', ...reasons])

/** A place in a file, as editors have it. */
const position = z.strictObject({
  line: z.int().min(1),
  col: z.int().min(1).describe('in UTF-16 units, as editors count; of an end: the column after the last'),
})

const located = {
  file: text(),
  range: z.strictObject({ start: position, end: position }),
}

const diagnostic = z.strictObject({
  code: z
    .string()
    .regex(/^[A-Z][0-9]{3,4}$/)
    .describe('P: problem, L: finding of lint, T: failed test'),
  severity: z.enum(['error', 'warning', 'info']),
  message: text(),
  help: text().optional(),
  ...located,
  related: z.array(z.strictObject({ message: text(), ...located })),
})

const policy = z.strictObject({
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .optional()
    .describe('what the decision log names the policy by; absent where it does not load'),
  files: texts().describe('as read; of a revision REVISION:FILE'),
})

/** How many the policy has of each. */
const validated = z.strictObject({
  upstreams: count(),
  routes: count(),
  clients: count(),
  rate_groups: count(),
  tests: count(),
  invariants: count(),
})

/** The failures are diagnostics: T001 a case, T002 an invariant, T003 the coverage. */
const tested = z.strictObject({
  passed: count(),
  failed: count(),
  unchecked: count().describe('cells of tables that say neither yes nor no'),
  invariants: z.strictObject({ total: count(), holding: count() }),
  coverage: z
    .strictObject({
      pairs: count(),
      covered: count(),
      uncovered: z.array(
        z.strictObject({ route: text(), method: text(), missing: z.array(z.enum(['allowed', 'denied'])) }),
      ),
    })
    .optional()
    .describe('absent where a part of the tests was run'),
})

const linted = z.strictObject({ excepted: count().describe('findings that a comment excepts') })

/** A line of the decision log (docs/policy.md), as far as it can be told again. */
const logged = z.strictObject({
  ts: text(),
  request_id: text(),
  policy: text().describe('digest of the policy that decided'),
  decision: z.enum(['allowed', 'denied']),
  reason: text().optional(),
  why: text().optional(),
  step: text().optional(),
  would_deny: z
    .array(z.strictObject({ reason: text(), why: text().optional(), step: text(), until: text() }))
    .optional()
    .describe('denials that were let through: their rules were only tried out'),
  route: text().optional(),
  method: text(),
  path: text(),
  client: text().optional(),
  address: text().optional(),
})

/** One decision. `may`: it hangs on what the question leaves open. */
const explainedRequest = z.strictObject({
  of: z.literal('request'),
  request: text(),
  client: text().optional(),
  token: text().optional(),
  scopes: texts().optional(),
  from: text().optional(),
  logged: logged.optional(),
  decision: z.enum(['allowed', 'denied', 'may']),
  reason: z.enum(reasons).optional(),
  would_deny: z.array(z.enum(reasons)).optional().describe('what rules that are only tried out would deny'),
  steps: z.array(
    z.strictObject({
      step: z.enum(steps),
      verdict: z.enum(['pass', 'fail', 'warn', 'skip', 'may']),
      words: text(),
      at: text().optional().describe('FILE:LINE'),
    }),
  ),
  who_may: z.strictObject({ clients: texts(), tokens: text().optional() }).optional(),
  nearest_paths: texts().optional(),
  notes: texts(),
})

/** All that one client can reach. */
const explainedClient = z.strictObject({
  of: z.literal('client'),
  client: text(),
  enabled: z.boolean(),
  features: texts(),
  reaches: z.array(
    z.strictObject({
      route: text(),
      methods: texts(),
      scopes: texts().optional().describe('the token must have one of them'),
      paths: texts(),
      from: text(),
      rate_group: text(),
      as_client: z.boolean().describe('false: open to others too, who need not be this client'),
    }),
  ),
})

/** Requests that one policy decides otherwise than the other, in the words of the text report. */
const entry = z.strictObject({
  callers: z.array(
    z.strictObject({
      client: text().optional(),
      token: text().optional(),
      scope: text().optional(),
      by: text().optional(),
      client_id: text().optional(),
    }),
  ),
  methods: texts(),
  route_before: text().optional(),
  route_after: text().optional(),
  before: outcome,
  after: outcome,
  from: text(),
  without_address: z.boolean(),
  witness: text(),
})

const changed = { subject: text(), field: text(), before: text(), after: text() }

const compared = z.strictObject({
  before: policy,
  opens: z.array(entry),
  closes: z.array(entry),
  reasons: z.array(entry),
  limits: z.array(z.strictObject({ ...changed, direction: z.enum(['looser', 'tighter', 'other']) })),
  notes: z.array(z.strictObject(changed)),
})

/** Logged decisions beside those of the policy that was asked. */
const replayed = z.strictObject({
  logged_by: policy.optional(),
  decisions: count(),
  other_lines: count(),
  policies: z
    .array(z.strictObject({ policy: text(), decisions: count() }))
    .describe('digests in the log; what `policy` itself decided is taken as it was'),
  groups: z.array(
    z.strictObject({
      verdict: z.enum(verdicts),
      method: text(),
      path: text(),
      client: text().optional(),
      before: text(),
      after: text().describe('`allowed`, the reason, or why nobody can know'),
      count: count(),
      request_id: text().describe('of the first line'),
    }),
  ),
  unused: z.array(z.strictObject({ route: text(), method: text(), to: text() })).optional(),
})

const attacked = z.strictObject({
  attacks: z.record(text(), count()).describe('tried, by row of docs/threats.md'),
  requests: count(),
  undecided: count().describe('attacks that a limit answered before anything could be shown'),
  unanswered: count(),
  left_out: count().describe('attacks that were not begun in time'),
  not_seen: z.record(text(), text()).describe('upstreams of which nothing could be seen, and why'),
  findings: z.array(
    z.strictObject({
      row: text(),
      what: text(),
      upstream: text(),
      sent: text().optional(),
      came: text(),
      meaning: text(),
      remedy: text(),
    }),
  ),
})

/** By command. */
const results = {
  validate: validated,
  test: tested,
  lint: linted,
  explain: z.union([explainedRequest, explainedClient]),
  diff: compared,
  replay: replayed,
  attack: attacked,
}

export type CommandName = keyof typeof results
export type Results = { readonly [Name in CommandName]: z.infer<(typeof results)[Name]> }
export type PolicyOutput = z.infer<typeof policy>
export type DiagnosticOutput = z.infer<typeof diagnostic>

const document = (command: CommandName) =>
  z.strictObject({
    tool: z.literal('sallyport'),
    version: text().describe('of sallyport'),
    output_format: z.literal(OUTPUT_FORMAT),
    command: z.literal(command),
    policy: policy.describe('that was asked; of diff the one after'),
    diagnostics: z.array(diagnostic),
    summary: z.strictObject({ errors: count(), warnings: count(), infos: count() }),
    result: results[command].optional().describe('absent where a policy does not load'),
  })

const names: readonly CommandName[] = ['validate', 'test', 'lint', 'explain', 'diff', 'replay', 'attack']

/** As JSON Schema draft 7, like that of policy files. */
export function outputSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(z.union(names.map(document)), {
    target: 'draft-7',
    io: 'input',
    reused: 'ref',
  })
  return { $schema, title: `Output of sallyport --format json, format ${OUTPUT_FORMAT}`, ...schema }
}
