/** What `npm ci` brings: nothing unsigned by its hash, nothing from elsewhere, and no script that nobody knows of. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

type Dependencies = Readonly<Record<string, string>>
type Package = {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly optional?: boolean
  readonly link?: boolean
  readonly inBundle?: boolean
  readonly hasInstallScript?: boolean
  readonly dependencies?: Dependencies
  readonly devDependencies?: Dependencies
  readonly optionalDependencies?: Dependencies
}
type Locked = { readonly lockfileVersion: number; readonly packages: Readonly<Record<string, Package>> }

const lock: Locked = JSON.parse(readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8'))

/** All packages but the project itself, by the path at which they are installed. */
const installed = Object.entries(lock.packages).filter(([path]) => path !== '')

/** Programs of one platform each, of which an installation takes one. */
const BINARIES = /^(?:node_modules\/)?@(?:biomejs\/cli|cloudflare\/workerd)-/

const namesOf = (packages: typeof installed): readonly string[] => packages.map(([path]) => path)

/** A registry that mirrors only some platforms makes `npm install` drop the others, and then `npm ci` fails everywhere. */
test('the lock file names every platform’s binaries', () => {
  const entries = Object.keys(lock.packages)
  const binaries = Object.values(lock.packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies),
  )
  const platforms = binaries.filter((name) => BINARIES.test(name))
  expect(platforms.length).toBeGreaterThan(10)
  expect(platforms.filter((name) => !entries.includes(`node_modules/${name}`))).toEqual([])
})

test('every package has its hash, but for binaries of platforms that the registry at hand did not have', () => {
  expect(lock.lockfileVersion).toBe(3)
  expect(installed.length).toBeGreaterThan(100)
  const without = installed.filter(
    ([, { integrity = '' }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity),
  )
  expect(without.filter(([path, { optional }]) => optional !== true || !BINARIES.test(path))).toEqual([])
  // The machines that run the checks have theirs.
  const linux = ['@biomejs/cli-linux-x64', '@cloudflare/workerd-linux-64', '@cloudflare/workerd-linux-arm64']
  expect(namesOf(without)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(new RegExp(`/(?:${linux.join('|')})$`))]),
  )
})

test('every package comes from the registry: no repository, no address, no folder', () => {
  const elsewhere = installed.filter(
    ([, { resolved, link, inBundle, version = '' }]) =>
      link === true ||
      inBundle === true ||
      !/^\d+\.\d+\.\d+/.test(version) ||
      (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')),
  )
  expect(namesOf(elsewhere)).toEqual([])
  const asked = Object.values(lock.packages).flatMap((each) =>
    Object.entries({ ...each.dependencies, ...each.devDependencies, ...each.optionalDependencies }),
  )
  expect(asked.length).toBeGreaterThan(100)
  // `npm:name@range` is another name of the registry; whatever else has a colon or a slash is somewhere else.
  expect(asked.filter(([, range]) => /[:/]/.test(range.replace(/^npm:(?:@[^/]+\/)?/, '')))).toEqual([])
})

test('only packages that are known to do so run scripts when they are installed', () => {
  const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true)
  // Each puts a program of this platform where its package expects it.
  expect(namesOf(scripted)).toEqual(['node_modules/esbuild', 'node_modules/node', 'node_modules/workerd'])
})

test('what the project asks for is pinned to one version each', () => {
  const { dependencies = {}, devDependencies = {} } = lock.packages[''] ?? {}
  for (const range of Object.values({ ...dependencies, ...devDependencies })) expect(range).toMatch(/^\d/)
})
