/** `sallyport import openapi`: a first draft of an upstream file. */
import { readFile, writeFile } from 'node:fs/promises'
import { fail, ok, type Result } from '../base/result.ts'
import { compareOperations } from '../openapi/compare.ts'
import { type OpenApi, openApi } from '../openapi/document.ts'
import { draftFile } from '../openapi/draft.ts'
import { nameFrom } from '../openapi/routes.ts'
import { readDocument } from '../source/document.ts'
import { printable } from '../source/frame.ts'
import { type ExitCode, exit } from './exit.ts'
import type { Io } from './io.ts'
import type { Verb } from './verb.ts'

type Options = { readonly name?: string; readonly prefix?: string; readonly out?: string }

export const importing: Verb = (program, io, done) => {
  program
    .command('import')
    .description('draft an upstream file from the description of an API')
    .addHelpText(
      'after',
      '\nExample:\n  $ sallyport import openapi shop.yaml --out policies/upstreams/shop.yaml',
    )
    .command('openapi')
    .description('from OpenAPI 3, YAML or JSON; who may call is left to you, as TODO')
    .argument('<file>', 'the document; only references inside it are followed')
    .option('--name <name>', "the upstream's name; its title otherwise")
    .option('--prefix <path>', 'before all its paths; /NAME otherwise')
    .option('--out <file>', 'write it there; a file that exists is compared and never changed')
    .addHelpText(
      'after',
      '\nExample:\n  $ sallyport import openapi shop.yaml --out policies/upstreams/shop.yaml',
    )
    .action(async (file: string, options: Options) => done(await run(io, file, options)))
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

async function run(io: Io, file: string, { name, prefix, out }: Options): Promise<ExitCode> {
  const mistake =
    name !== undefined && !NAME.test(name)
      ? '--name takes a letter, then letters, digits, `_` or `-`'
      : prefix !== undefined && !prefix.startsWith('/')
        ? '--prefix begins with a slash'
        : undefined
  if (mistake !== undefined) return said(io, mistake, exit.wrongCommandLine)
  const document = await documentIn(file)
  if (!document.ok) return said(io, `cannot read ${printable(file)}: ${document.error}`, exit.toolFailed)
  const used = name ?? nameFrom(document.value.title)
  const text = draftFile(document.value, { name: used, prefix: prefix ?? `/${used}` })
  if (out === undefined) {
    io.stdout(text)
    return exit.ok
  }
  const failed = await writeFile(out, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => error)
  if (failed === undefined) {
    io.stdout(`wrote ${printable(out)}; decide every TODO in it\n`)
    return exit.ok
  }
  if (failed.code === 'EEXIST') return compare(io, document.value, out)
  return said(io, `cannot write ${printable(out)}: ${failed.message}`, exit.toolFailed)
}

function said(io: Io, words: string, code: ExitCode): ExitCode {
  io.stderr(`sallyport: ${words}\n`)
  return code
}

async function documentIn(file: string): Promise<Result<OpenApi, string>> {
  const read = await plainIn(file)
  return read.ok ? openApi(read.value) : read
}

async function plainIn(file: string): Promise<Result<unknown, string>> {
  const text = await readFile(file, 'utf8').then(ok, (error: Error) => fail(error.message))
  return text.ok ? readDocument(text.value) : text
}

async function compare(io: Io, document: OpenApi, out: string): Promise<ExitCode> {
  const file = await plainIn(out)
  if (!file.ok) return said(io, `cannot read ${printable(out)}: ${file.error}`, exit.toolFailed)
  const { added, gone } = compareOperations(document, file.value)
  for (const each of added) io.stdout(`new   ${printable(each)}\n`)
  for (const each of gone) io.stdout(`gone  ${printable(each)}\n`)
  io.stdout(`${added.length} new, ${gone.length} gone; ${printable(out)} exists, and nothing was written\n`)
  return exit.ok
}
