/** The files that `sallyport init` writes: a policy small enough to read whole, and what keeps it checked. */
import { jsonSchema } from '../policy/json-schema.ts'

/** A file of the new folder. */
export type NewFile = {
  /** From the root of the project, with `/`. */
  readonly path: string
  readonly text: string
  /** Whether it is a program. */
  readonly runs?: boolean
}

/** @param dir - the policy folder, from the root of the project, with `/`; letters, digits, `.`, `_` and `-` */
export const initialFiles = (dir: string): readonly NewFile[] => [
  { path: `${dir}/gateway.yaml`, text: gateway },
  { path: `${dir}/rate-groups.yaml`, text: rateGroups },
  { path: `${dir}/clients.yaml`, text: clients },
  { path: `${dir}/upstreams/records.yaml`, text: upstream },
  { path: `${dir}/tests/records.yaml`, text: tests },
  { path: `${dir}/.schema/policy-v1.json`, text: `${JSON.stringify(jsonSchema(), undefined, 2)}\n` },
  { path: '.vscode/settings.json', text: editorSettings(dir) },
  { path: '.github/workflows/policy.yaml', text: workflow(dir) },
  { path: '.githooks/pre-commit', text: hook(dir), runs: true },
]

/** What every policy file starts with: the schema gives editors completion. */
const head = (schema: string): string =>
  `# yaml-language-server: $schema=${schema}/policy-v1.json\npolicy_format: 1\n`

const gateway = `${head('./.schema')}
gateway:
  client_address_from: cf-connecting-ip # the only header that a caller cannot set
  default_rate_group: standard # for routes that name none
  decision_log: { denials: all, allowed: 10%, client_address: prefix }
  failed_auth: { period: 1m, rate: 20, burst: 20 } # by the caller's address
`

const rateGroups = `${head('./.schema')}
# \`rate\` requests in each \`period\`, and at most \`burst\` of them at once.
rate_groups:
  standard: { period: 1m, rate: 600, burst: 50, per: client }
`

const clients = `${head('./.schema')}
# API clients. To add the first one, delete the \`{}\` and the \`# \` before the lines below it, and put your own in.
# Its secret: \`npx sallyport client new-secret record-reader\` prints it once, and the lines for here.
clients: {}
#   record-reader:
#     upstream: records
#     client_id: "qm4x9c2h6tnb7zpe" # always in quotes: some ids look like numbers to YAML
#     contact: the-team@acme.example
#     features: [read] # words of the upstream's client_features
#     allow_list: # addresses, ranges a-b, networks a/b; or \`any\` in place of a list
#       - 192.0.2.0/28
#       - 2001:db8:77::/64
#     secrets:
#       - hash: sha256:<64 digits>
#         generated_bits: 256
#         expires: 2027-03-01 # the first day on which it is not accepted any more
`

const upstream = `${head('../.schema')}
# An example: one API with two routes. Put your own name, origin and paths in. Clients and tests go by the name and the prefix.
upstream:
  name: records
  title: Records API
  prefix: /records # before all paths below; removed before forwarding
  origin: \${RECORDS_ORIGIN:-https://records.example}

client_features:
  read: reads records
  write: reads and changes records

caller_sets:
  readers: [read, write]

routes:
  record-read:
    paths: ["/items", "/items/{id}"]
    auth: basic
    respects_allow_list: true
    callers: { GET: readers }
  record-write:
    paths: ["/items/{id}/content"]
    auth: basic
    respects_allow_list: true
    callers: { PUT: write, DELETE: write }
`

const tests = `${head('../.schema')}
# What must be allowed, and what must be refused and why. \`sallyport test\` runs all of it.
tests:
  - name: who may do what
    columns:
      GET: GET /records/items/1
      PUT: PUT /records/items/1/content
      DELETE: DELETE /records/items/1/content
    table: |
      Feature | GET | PUT | DELETE |
      read    | ✓   | ✗   | ✗      |
      write   | ✓   | ✓   | ✓      |

  - name: nothing without credentials, and nothing that no route names
    denied:
      credentials_missing:
        - GET /records/items
        - PUT /records/items/1/content
      method_not_allowed:
        - DELETE /records/items/1
      unknown_route:
        - GET /records/other

  - name: the allow list counts everywhere
    respects_allow_list:
      GET /records/items: true
      DELETE /records/items/1/content: true

invariants:
  - name: only writers change records
    requests: [PUT /records/**, DELETE /records/**]
    callers_within: [write]
`

/** For the YAML extension that most editors share, in case somebody deletes the first line of a file. */
function editorSettings(dir: string): string {
  const settings = { 'yaml.schemas': { [`./${dir}/.schema/policy-v1.json`]: `${dir}/**/*.yaml` } }
  return `${JSON.stringify(settings, undefined, 2)}\n`
}

/** Actions by their full commit hash: a tag can be moved to other code, a hash cannot. */
const workflow = (dir: string): string => `name: policy
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
        with: { persist-credentials: false }
      - uses: actions/setup-node@6044e13b5dc448c55e2357c09f80417699197238 # v6.2.0
        with: { node-version: 24 }
      - run: npm ci
      - run: npm audit --audit-level=high
      - run: npx --no-install sallyport validate ${dir}
      - run: npx --no-install sallyport test ${dir} --min-coverage 100
      - run: npx --no-install sallyport lint ${dir}
      - run: npx --no-install sallyport fmt ${dir} --check
`

const hook = (dir: string): string => `#!/bin/sh
# Checks the policy before each commit. To enable it, once in each clone:
#
#   git config core.hooksPath .githooks
set -e
npx --no-install sallyport test ${dir}
npx --no-install sallyport lint ${dir}
npx --no-install sallyport fmt ${dir} --check
`
