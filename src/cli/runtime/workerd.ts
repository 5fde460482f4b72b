/** Runs the deploy bundle on `workerd serve`, the production runtime, without any development proxy in between. */
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Result } from '../../base/result.ts'
import type { Bundle } from './bundle.ts'
import { type Running, runWorkerd } from './workerd-process.ts'

export type ServeOptions = {
  readonly bundle: Bundle
  /** The compiled policy, which takes the place of the one in the bundle. */
  readonly policy: string
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Folder where the limiter's objects are kept. */
  readonly persist: string
  /** Variables for origins that the policy leaves to the environment. */
  readonly variables: Readonly<Record<string, string>>
  /** A request header that stands for `request.cf`, so that tests can present certificates. Callers could set it too. */
  readonly cfHeader?: string
  /** Where workerd's output goes, the decision log with it. */
  readonly output: 'inherit' | 'pipe' | 'ignore'
}

/**
 * Starts the gateway and waits until it listens.
 *
 * @returns the running gateway, or a text that says why it did not start
 */
export async function startWorkerd(options: ServeOptions): Promise<Result<Running, string>> {
  const persist = resolve(options.persist)
  await mkdir(persist, { recursive: true })
  const files = { 'worker.js': options.bundle.script, 'policy.compiled': options.policy }
  return await runWorkerd(workerdConfig({ ...options, persist }), files, options.output)
}

/** Cap'n Proto text takes JSON's string syntax. */
const text = JSON.stringify

const workerdConfig = ({ bundle, host, port, persist, variables, cfHeader }: ServeOptions): string => `
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = .gateway),
    (name = "internet", network = (
      allow = ["private", "local", "public"],
      tlsOptions = (trustBrowserCas = true),
    )),
    (name = "objects", disk = (path = ${text(persist)}, writable = true)),
  ],
  sockets = [(name = "http", address = ${text(`${host}:${port}`)}, http = (${cfHeader === undefined ? '' : `cfBlobHeader = ${text(cfHeader)}`}), service = "gateway")],
);

const gateway :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = ${text(bundle.policyModule)}, text = embed "policy.compiled"),
  ],
  compatibilityDate = ${text(bundle.compatibilityDate)},
  compatibilityFlags = ${text(bundle.compatibilityFlags)},
  bindings = [
    (name = "LIMITER", durableObjectNamespace = "LimiterObject"),
    (name = "ASSERTIONS", durableObjectNamespace = "AssertionObject"),
    ${Object.entries(variables)
      .map(([name, value]) => `(name = ${text(name)}, text = ${text(value)}),`)
      .join('\n    ')}
  ],
  durableObjectNamespaces = [
    (className = "LimiterObject", uniqueKey = "sallyport-limiter", enableSql = true),
    (className = "AssertionObject", uniqueKey = "sallyport-assertions", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),
);
`
