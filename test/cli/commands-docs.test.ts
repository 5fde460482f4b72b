/** The examples of docs/commands.md, run where the page says that they run. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { completionTree } from '../../src/cli/completion/tree.ts'
import { exit } from '../../src/cli/exit.ts'
import { commandLine } from '../../src/cli/main.ts'
import { ioOf, sallyport } from '../support/cli.ts'

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

test('the page has every command, every exit code, and the formats of each', () => {
  const program = completionTree(commandLine(ioOf({ stdout: '', stderr: '' }), () => {}))
  for (const { path, options } of program.commands) {
    const name = path.at(-1) ?? ''
    expect(page).toMatch(new RegExp(`^\\| [^|]*\`${name}[ \`]`, 'm'))
    const value = options.find(({ flags }) => flags.includes('--format'))?.value
    for (const format of value !== undefined && 'words' in value ? value.words.slice(1) : []) {
      expect(page).toMatch(new RegExp(`^\\| \`${format}\` \\|.*\\|.*\`${name}\`.*\\|$`, 'm'))
    }
  }
  for (const code of Object.values(exit)) expect(page).toMatch(new RegExp(`^\\| ${code} \\| `, 'm'))
})

test.each(examples)('$command', async ({ command, output }) => {
  expect((await sallyport(wordsOf(command))).stdout).toBe(output)
})
