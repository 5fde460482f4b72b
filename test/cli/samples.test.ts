/**
 * The samples of what the commands print, on the policies that ship with the project and those of its demonstration:
 * good ones, and the same with the mistakes that people make. The outputs are in test/golden/samples; after a change on
 * purpose, `npx vitest run --project unit test/cli/samples.test.ts -u` writes them anew, for the review.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'

const AKAMAI = 'policies/upstreams/akamai-identity-cloud.yaml'
const CLIENTS = 'demo/policies/clients.yaml'
const GROUPS = 'policies/rate-groups.yaml'
const GATEWAY = 'policies/gateway.yaml'

/** In a file, a text that stands there, and what takes its place. */
type Edit = readonly [file: string, before: string, after: string]

/** A mistake in the form of a file, of each kind. */
const shape: readonly Edit[] = [
  [CLIENTS, 'client_id: "demo-reader-client-00000000001"', 'client_id: 0081e12'],
  [
    CLIENTS,
    'features: [access_issuer]\n    allow_list: any',
    'features: [access_issuer]\n    allow_list: []',
  ],
  [
    AKAMAI,
    'respects_allow_list: true\n    callers: { GET: owners, POST: owners }',
    'respects_alow_list: true\n    callers: { GET: owners, POST: owners }',
  ],
  [
    AKAMAI,
    'respects_allow_list: false\n    callers: { GET: flow-editors }',
    'respects_allow_list: no # "work regardless of your IP address"\n    callers: { GET: flow-editors }',
  ],
]

const meaning: readonly Edit[] = [
  [GATEWAY, 'gateway:\n', 'networks:\n  office-v6: [2001:db8:1234::/48]\n\ngateway:\n'],
  [CLIENTS, '- 2001:db8:1234::/48', '- ofice-v6'],
  [CLIENTS, '- 192.0.2.55-192.0.2.61', '- 010.0.0.1'],
  [CLIENTS, 'features: [direct_access]', 'features: [direct_acess]'],
  [AKAMAI, 'rate_group: admin', 'rate_group: amdin'],
  [AKAMAI, '- /config/{app}/flows\n', '- /config/{app}/clients\n'],
]

/** Names and descriptions in other scripts, beside each mistake. */
const wide: readonly Edit[] = [
  [
    CLIENTS,
    'contact: demo@acme.example\n    features: [owner]',
    'contact: "担当：東京 🙂"\n    features: [owner]',
  ],
  [CLIENTS, 'features: [access_issuer]', 'features: ["直接🙂", e\u0301crire, acess_issuer]'],
  [CLIENTS, '- 192.0.2.55-192.0.2.61', '- 東京-🙂'],
  [
    AKAMAI,
    'callers: { GET: owners, PUT: owners, DELETE: owners }',
    'callers: { GET: owners, PUT: [ｏｗｎｅｒ, 🇯🇵, onwers], DELETE: owners }',
  ],
]

const WRITERS = 'callers: { GET: writers, POST: writers }\n    rate_group: developer'

/** Somebody lets readers write. */
const wrongEdit: readonly Edit[] = [[AKAMAI, WRITERS, WRITERS.replaceAll('writers', 'readers')]]

/** And on the way widens a list, turns a flag, and doubles a limit. */
const review: readonly Edit[] = [
  ...wrongEdit,
  [CLIENTS, '- 192.0.2.55-192.0.2.61', '- 192.0.2.0-192.0.2.63'],
  [
    AKAMAI,
    'respects_allow_list: false\n    callers: { GET: flow-editors }',
    'respects_allow_list: true\n    callers: { GET: flow-editors }',
  ],
  [GROUPS, 'rate: 300,  burst: 50,   per: client }', 'rate: 600,  burst: 50,   per: client }'],
]

const careless: readonly Edit[] = [
  [
    CLIENTS,
    'expires: 2030-01-01 # lint: allow L303 - it is published anyway, and builds refuse it',
    'expires: 2026-11-01',
  ],
  [CLIENTS, '- 192.0.2.55-192.0.2.61', '- 52.0.2.55\n    deny_list:\n      - 52.0.2.0/24'],
  [
    CLIENTS,
    'features: [access_issuer]\n    allow_list: any',
    'features: [access_issuer]\n    allow_list:\n      - 0.0.0.0/0\n      - 52.0.2.55/24',
  ],
  [GATEWAY, 'gateway:\n', 'networks:\n  batch-hosts: [52.0.2.55]\n\ngateway:\n'],
  [
    GROUPS,
    'rate_groups:\n',
    'rate_groups:\n  spare:                 { period: 1m, rate: 3000, burst: 100,  per: client }\n',
  ],
]

const BOTH = ['policies', 'demo/policies']

const samples: readonly [name: string, edits: readonly Edit[], args: readonly string[], code: number][] = [
  ['validate', [], ['validate', ...BOTH], 0],
  ['test', [], ['test', ...BOTH], 0],
  ['validate-shape', shape, ['validate', ...BOTH], 3],
  ['validate-meaning', meaning, ['validate', ...BOTH], 3],
  ['validate-wide', wide, ['validate', ...BOTH], 3],
  ['test-wrong-edit', wrongEdit, ['test', ...BOTH], 4],
  ['diff', review, ['diff', '../before', '.', '--fail-on', 'opens'], 6],
  [
    'explain-not-allowed',
    [],
    ['explain', 'GET /akamai/config/acme/clients', '--client=demo-owner', '--from=192.168.44.44', ...BOTH],
    0,
  ],
  [
    'explain-list-ignored',
    [],
    [
      'explain',
      'GET /akamai/config/acme/flows/signIn',
      '--client=demo-owner',
      '--from=192.168.44.44',
      ...BOTH,
    ],
    0,
  ],
  [
    'explain-feature',
    [],
    ['explain', 'POST /akamai/entity.update', '--client=demo-reader', '--from=192.0.2.60', ...BOTH],
    0,
  ],
  [
    'explain-nearest',
    [],
    ['explain', 'GET /akamai/entity.finde', '--client=demo-reader', '--from=192.0.2.60', ...BOTH],
    0,
  ],
  ['explain-client', [], ['explain', '--client=demo-reader', ...BOTH], 0],
  ['lint', careless, ['lint', ...BOTH], 5],
]

const here = process.cwd()
let folder: string

beforeAll(async () => {
  folder = await folderWith({})
  for (const at of ['now', 'before']) {
    cpSync('policies', join(folder, at, 'policies'), { recursive: true })
    cpSync('demo/policies', join(folder, at, 'demo/policies'), { recursive: true })
  }
  process.chdir(join(folder, 'now'))
})

afterAll(async () => {
  process.chdir(here)
  await rm(folder, { recursive: true, force: true })
})

/** The files as they were before the edits. */
const originals = new Map<string, string>()

afterEach(() => {
  for (const [file, text] of originals) writeFileSync(file, text)
  originals.clear()
})

function edit([file, before, after]: Edit): void {
  const text = readFileSync(file, 'utf8')
  expect(text).toContain(before)
  if (!originals.has(file)) originals.set(file, text)
  writeFileSync(
    file,
    text.replace(before, () => after),
  )
}

test.each(samples)('golden/samples/%s.txt', async (name, edits, args, code) => {
  for (const each of edits) edit(each)
  const outcome = await sallyport(args)
  expect({ ...outcome, stdout: '' }).toEqual({ code, stdout: '', stderr: '' })
  await expect(outcome.stdout).toMatchFileSnapshot(join(here, `test/golden/samples/${name}.txt`))
})

test('golden/samples/docs.txt: the first rows', async () => {
  const { stdout } = await sallyport(['docs', ...BOTH])
  const rows = stdout.split('\n').slice(0, 24).join('\n')
  await expect(`${rows}\n`).toMatchFileSnapshot(join(here, 'test/golden/samples/docs.txt'))
})
