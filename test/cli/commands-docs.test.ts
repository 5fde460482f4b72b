/** The examples of docs/commands.md, run where the page says that they run. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sallyport } from '../support/cli.ts'

const page = readFileSync('docs/commands.md', 'utf8')
const examples = [...page.matchAll(/```console\n\$ sallyport (.*)\n([\s\S]*?)```/g)].map(
  ([, command = '', output = '']) => ({ command, output }),
)

/** Words, and texts in double quotes. */
const wordsOf = (command: string): readonly string[] =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '')

const here = process.cwd()
beforeAll(() => process.chdir('test/golden/review'))
afterAll(() => process.chdir(here))

test('the page has an example of each command', () => {
  const verbs = new Set(examples.map(({ command }) => command.split(' ')[0]))
  expect([...verbs]).toEqual(['explain', 'diff', 'replay'])
})

test.each(examples)('$command', async ({ command, output }) => {
  expect((await sallyport(wordsOf(command))).stdout).toBe(output)
})
