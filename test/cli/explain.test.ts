/**
 * `sallyport explain` as it is typed. The outputs are in test/golden/review; after a change on purpose,
 * `npx vitest run --project unit test/cli/explain.test.ts -u` writes them anew, for the review.
 */
import { expect, test } from 'vitest'
import { sallyport } from '../support/cli.ts'

const POLICY = 'test/golden/review/before'
const LOG = 'test/golden/review/decisions.log'

const cases: readonly [name: string, args: readonly string[]][] = [
  ['not-allowed', ['GET /akamai/config/acme/clients', '--client=console-owner', '--from=192.168.44.44']],
  ['allowed', ['GET /akamai/config/acme/flows/signIn', '--client=console-owner', '--from=192.168.44.44']],
  ['feature', ['POST /akamai/entity.update', '--client=crm-sync', '--from=192.0.2.60']],
  ['nearest', ['GET /akamai/entity.finde', '--client=crm-sync', '--from=192.0.2.60']],
  ['denied-address', ['POST /akamai/entity.find', '--client=profile-service', '--from=198.51.100.201']],
  ['no-address', ['POST /akamai/entity.find', '--client=profile-service']],
  ['no-address-feature', ['POST /akamai/entity.update', '--client=crm-sync']],
  ['no-client', ['POST /akamai/entity.find']],
  ['no-client-from', ['POST /akamai/entity.find', '--from=192.0.2.60']],
  ['disabled', ['POST /akamai/entity.find', '--client=retired']],
  ['method', ['PATCH /akamai/entity.find', '--client=crm-sync']],
  ['bad-path', ['GET /akamai//entity', '--client=crm-sync']],
  ['open', ['GET /akamai/0000/login/authorize']],
  ['token-open', ['GET /akamai/0000/webhooks/subscriptions']],
  ['token-no-scopes', ['GET /akamai/0000/webhooks/subscriptions', '--token=hosted-login']],
  ['token-scope', ['POST /akamai/0000/webhooks/subscriptions', '--scopes=webhooks.manage']],
  ['token-scope-missing', ['POST /akamai/0000/webhooks/a', '--token=hosted-login', '--scopes=webhooks.read']],
  ['client', ['--client=crm-sync']],
  ['client-owner', ['--client=console-owner']],
  ['client-disabled', ['--client=retired']],
  ['logged-list', ['--request-id=req-list', `--log=${LOG}`]],
  ['logged-secret', ['--request-id=req-secret', `--log=${LOG}`]],
  ['logged-read', ['--request-id=req-read', `--log=${LOG}`]],
  ['json', ['POST /akamai/entity.update', '--client=crm-sync', '--from=192.0.2.60', '--format=json']],
  ['client-json', ['--client=crm-sync', '--format=json']],
  ['logged-json', ['--request-id=req-list', `--log=${LOG}`, '--format=json']],
]

test.each(cases)('golden/review/explain-%s.txt: %j, exit 0 whatever the decision', async (name, args) => {
  const outcome = await sallyport(['explain', ...args, POLICY])
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  await expect(outcome.stdout).toMatchFileSnapshot(`../golden/review/explain-${name}.txt`)
})

test.each([
  [['GET /x', '--client=crm-sinc'], 2, 'no client `crm-sinc` in the policy; did you mean `crm-sync`?'],
  [['--client=crm-sinc'], 2, 'no client `crm-sinc` in the policy; did you mean `crm-sync`?'],
  [['GET /x', '--token=hosted'], 2, 'no such token issuer in the policy'],
  [['GET /x', '--from=250.1.2.3'], 2, 'no request comes from 250.1.2.3'],
  [['GET /x', '--from=192.0.2'], 2, '--from takes one address, not `192.0.2`'],
  [['GET x'], 2, '`GET x` is no request'],
  [[], 2, 'name a request'],
  [['--request-id=req-list'], 2, '--request-id and --log go together'],
  [['--request-id=nope', `--log=${LOG}`], 2, 'no decision with request id nope'],
  [['--request-id=nope', '--log=test/golden/review/no.log'], 1, 'cannot read test/golden/review/no.log'],
  [['GET /x', '--format=yaml'], 2, 'Allowed choices are text, json.'],
])('%j exits with %i and says why on stderr', async (args, code, why) => {
  const outcome = await sallyport(['explain', ...args, POLICY])
  expect(outcome).toMatchObject({ code, stdout: '' })
  expect(outcome.stderr).toContain(why)
})
