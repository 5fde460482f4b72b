/** Every help fits a screen and shows how the command is typed: in all commands that there are, and not in a list of them. */
import { expect, test } from 'vitest'
import { allCommands, completionTree } from '../../src/cli/completion/tree.ts'
import { exit } from '../../src/cli/exit.ts'
import { commandLine } from '../../src/cli/main.ts'
import { ioOf, sallyport } from '../support/cli.ts'

const WIDTH = 80
const HEIGHT = 30

const program = completionTree(commandLine(ioOf({ stdout: '', stderr: '' }), () => {}))
const commands = allCommands(program).map(({ path }) => path.slice(1))

test('there are as many commands as the help lists, and those below them', () => {
  expect(commands.length).toBeGreaterThan(15)
  expect(commands).toContainEqual(['client', 'new-secret'])
})

test.each(commands.map((path) => ({ path, title: ['sallyport', ...path].join(' ') })))(
  '$title --help',
  async ({ path, title }) => {
    const { code, stdout, stderr } = await sallyport([...path, '--help'])
    expect({ code, stderr }).toEqual({ code: exit.ok, stderr: '' })
    const lines = stdout.trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(HEIGHT)
    expect(lines.filter((line) => line.length > WIDTH)).toEqual([])
    expect(lines[0]).toMatch(new RegExp(`^Usage: ${title}(?: |$)`))
    const shown = path[0] === undefined ? 'sallyport ' : `sallyport ${path[0]} `
    expect(stdout.slice(stdout.indexOf('\nExample'))).toContain(shown)
  },
)

test('no option is without a word on it', () => {
  for (const { path, options } of allCommands(program)) {
    for (const { flags, description } of options) expect([path, flags, description]).not.toContain('')
  }
})
