/** A small policy with every kind of authentication and every kind of list, for the tests of the test runner. */
import { type Compiled, compileTexts } from '../../src/policy/compile.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import type { Sources } from '../../src/policy/sources.ts'
import type {
  AllowListTest,
  RequestsTest,
  TableTest,
  TestCaller,
  TestRequest,
} from '../../src/policy/test-case.ts'
import type { Place } from '../../src/source/text.ts'
import { addressOf } from '../support/facts.ts'

export const shop = {
  'gateway.yaml': `policy_format: 1
gateway:
  default_rate_group: calls
networks:
  office: [192.168.0.0/20, 2001:db8:1234::/48]
rate_groups:
  calls: { period: 1m, rate: 600, burst: 50, average: { over: 3h, rate: 400 }, per: client }
  early: { period: 90s, rate: 10, burst: 10, per: [address, route], before_auth: true }
clients:
  clerk:
    upstream: shop
    client_id: "clerk-0001"
    features: [reader]
    allow_list:
      - office
      - 192.0.2.56-192.0.2.61
    deny_list: [192.168.3.0/24]
    secrets: upstream
  manager:
    upstream: shop
    client_id: "manager-01"
    features: [reader, writer]
    allow_list: any
    secrets:
      - hash: sha256:1d6f0b6e8f0c9a4f4f0e0c8a6c1a5b3c2d9e7f60718293a4b5c6d7e8f9012345
        generated_bits: 256
        expires: 2020-01-01
  browser:
    upstream: shop
    client_id: "browser-01"
    features: [login]
    allow_list: any
    secrets: none
  retired:
    upstream: shop
    client_id: "retired-01"
    enabled: false
    features: [reader]
    allow_list: any
    secrets: upstream
  importer:
    upstream: forms
    client_id: "importer-1"
    allow_list: any
    secrets: upstream
  provisioner:
    upstream: users
    client_id: "provisioner"
    features: [manageUsers]
    allow_list: [203.0.113.16/28]
    secrets: upstream
`,
  'shop.yaml': `policy_format: 1
upstream:
  name: shop
  title: Shop
  prefix: /shop
  origin: https://shop.example
client_features: { reader: reads, writer: writes, login: signs in }
tokens:
  hooks:
    issuer: https://login.example/hooks
    audience: hooks
    jwks_uri: https://login.example/jwks
routes:
  items:
    paths: [/items, "/items/{id}"]
    auth: basic
    respects_allow_list: true
    callers: { GET: [reader, writer], POST: [writer] }
  notes:
    paths: [/notes/**]
    auth: basic
    respects_allow_list: false
    callers: { GET: authenticated }
    rate_group: early
  login:
    paths: [/login]
    auth: client_id
    respects_allow_list: false
    callers: { POST: [login] }
  hooks:
    paths: [/hooks]
    auth: token
    token: hooks
    respects_allow_list: false
    callers: { GET: [scope:hooks.read, scope:hooks.manage], POST: [scope:hooks.manage], DELETE: authenticated }
  relay:
    paths: [/relay]
    auth: token
    token: upstream
    respects_allow_list: false
    callers: { POST: authenticated }
  page:
    paths: [/page]
    auth: none
    why_no_auth: a page for everybody
    respects_allow_list: false
    callers: { GET: anyone }
`,
  'forms.yaml': `policy_format: 1
upstream:
  name: forms
  title: Forms
  prefix: /forms
  origin: https://forms.example
  credentials: [form]
routes:
  send:
    paths: [/send]
    auth: basic
    respects_allow_list: true
    callers: { POST: authenticated }
`,
  'users.yaml': `policy_format: 1
upstream:
  name: users
  title: Users
  prefix: /users
  origin: https://users.example
client_features: { manageUsers: manages users, readUsers: reads users }
tokens:
  users:
    issuer: https://login.example/users
    audience: [users, others]
    jwks_uri: https://login.example/jwks
    client_id_claim: azp
routes:
  list:
    paths: [/list]
    auth: token
    token: users
    respects_allow_list: true
    callers: { GET: [manageUsers, readUsers, scope:users.read] }
`,
  'walled.yaml': `policy_format: 1
upstream:
  name: walled
  title: Walled
  prefix: /walled
  hosts: [walled.example]
  origin: https://walled.example
  allow_list: [198.51.100.0/24]
  deny_list: [198.51.100.0/28]
client_features: { reader: reads }
routes:
  inner:
    paths: [/inner]
    auth: basic
    respects_allow_list: true
    callers: { GET: [reader] }
    allow_list: [198.51.100.0/27]
`,
}

export type Loaded = {
  readonly compiled: Compiled
  readonly policy: CompiledPolicy
  readonly sources: Sources
}

/** Compiles texts that are to be without a mistake. */
export async function loaded(texts: Readonly<Record<string, string>>): Promise<Loaded> {
  const compiled = await compileTexts(texts)
  const { policy, sources, problems } = compiled
  if (!policy || !sources) throw new Error(problems.map(({ message }) => message).join('\n'))
  return { compiled, policy, sources }
}

const nowhere: Place = { file: 'tests.yaml', line: 1, column: 1, length: 1 }

/** `GET /shop/items?x=1`, or with `https://host` before the path. */
export function request(text: string, place = nowhere): TestRequest {
  const [, method = '', host, path = '', query = ''] =
    /^([A-Z]+) (?:https:\/\/([^/]+))?([^?]*)(?:\?(.*))?$/.exec(text) ?? []
  return { text, method, host, path, query, place }
}

export type Caller = Partial<Omit<TestCaller, 'from'>> & { readonly from?: string }

const caller = ({ from, ...rest }: Caller): TestCaller => ({
  client: undefined,
  token: undefined,
  scopes: undefined,
  ...rest,
  from: from === undefined ? undefined : { text: from, address: addressOf(from) },
})

export const allowed = (text: string, who: Caller = {}): RequestsTest => ({
  kind: 'requests',
  name: undefined,
  place: nowhere,
  caller: caller(who),
  allowed: [request(text)],
  denied: [],
  wouldDeny: [],
})

export const cell = (
  feature: string,
  text: string,
  expect: 'allowed' | 'denied' | 'unchecked',
): TableTest => ({
  kind: 'table',
  name: 'a table',
  place: nowhere,
  cells: [{ feature, column: 'C', expect, request: request(text), text: expect, place: nowhere }],
})

export const listAnswer = (text: string, respects: boolean): AllowListTest => ({
  kind: 'allow_list',
  name: 'a list',
  place: nowhere,
  answers: [{ request: request(text), respects, place: nowhere }],
})
