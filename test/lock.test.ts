import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

type Locked = {
  readonly packages: Readonly<
    Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>
  >
}

const lock: Locked = JSON.parse(readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8'))

/** A registry that mirrors only some platforms makes `npm install` drop the others, and then `npm ci` fails everywhere. */
test('the lock file names every platform’s binaries', () => {
  const entries = Object.keys(lock.packages)
  const binaries = Object.values(lock.packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies),
  )
  const platforms = binaries.filter((name) => /^@biomejs\/cli-|^@cloudflare\/workerd-/.test(name))
  expect(platforms.length).toBeGreaterThan(10)
  expect(platforms.filter((name) => !entries.includes(`node_modules/${name}`))).toEqual([])
})
