import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test, vi } from 'vitest'
import { allCommands, completionTree } from '../../src/cli/completion/tree.ts'
import { exit } from '../../src/cli/exit.ts'
import { commandLine } from '../../src/cli/main.ts'
import { ioOf, sallyport } from '../support/cli.ts'
import { folderWith } from '../support/folder.ts'

/** Processes are started, and whole policies read, on machines that do other work too. */
vi.setConfig({ testTimeout: 60_000 })

const program = completionTree(commandLine(ioOf({ stdout: '', stderr: '' }), () => {}))
const verbs = program.commands.map(({ path }) => path.at(-1) ?? '')

let folder = ''
beforeAll(async () => {
  const scripts = ['bash', 'zsh', 'fish'].map(async (shell): Promise<[string, string]> => {
    const { code, stdout, stderr } = await sallyport(['completion', shell])
    expect({ code, stderr }).toEqual({ code: exit.ok, stderr: '' })
    return [`sallyport.${shell}`, stdout]
  })
  folder = await folderWith({
    ...Object.fromEntries(await Promise.all(scripts)),
    'my policies/a.yaml': '',
    'my log.jsonl': '',
  })
})

/** Puts the words on bash's completion as bash itself would, `COMP_WORDBREAKS` taken into account by the caller. */
async function inBash(words: readonly string[]): Promise<readonly string[]> {
  const code =
    'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sallyport; printf "%s\\n" "${COMPREPLY[@]}"'
  const args = ['--norc', '-c', code, 'bash', join(folder, 'sallyport.bash'), 'sallyport', ...words]
  const { stdout } = await promisify(execFile)('bash', args, { cwd: folder })
  return stdout.split('\n').filter((line) => line !== '')
}

test.each<[words: readonly string[], replies: readonly string[]]>([
  [[''], verbs],
  [['va'], ['validate']],
  [['validate', '--f'], ['--format']],
  [
    ['validate', '--format', ''],
    ['text', 'json', 'sarif', 'github'],
  ],
  [['validate', '--format', 'j'], ['json']],
  [['validate', '--format', '=', 'j'], ['json']],
  [
    ['test', '--format', '='],
    ['text', 'json', 'junit', 'github'],
  ],
  [['lint', '--fail-on', 'w'], ['warning']],
  [['diff', 'main', 'policies', '--fail-on', 'opens,c'], ['opens,closes']],
  [
    ['diff', '--fail-on', ''],
    ['opens', 'closes', 'limits'],
  ],
  [['client', ''], ['new-secret']],
  [['client', 'new-secret', '--e'], ['--expires']],
  [['completion', 'z'], ['zsh']],
  [['validate', ''], ['my policies']],
  [['replay', 'my l'], ['my log.jsonl']],
  [['explain', '--log', 'my l'], ['my log.jsonl']],
  // A value that is the name of a command changes nothing, and a text that nobody can guess is left alone.
  [['test', '--only', 'lint', '--cov'], ['--coverage']],
  [['test', '--only', ''], []],
])('bash completes %j with %j', async (words, replies) => {
  expect(await inBash(words)).toEqual(replies)
})

test('every command, option and value is in every script', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = await sallyport(['completion', shell])
    for (const { path, options, words } of allCommands(program).slice(1)) {
      const choices = [...options.map(({ value }) => value), ...words].flatMap((value) =>
        value !== undefined && 'words' in value ? value.words : [],
      )
      const flags = options.flatMap((option) => option.flags)
      const plain = shell === 'fish' ? flags.map((flag) => flag.replace(/^--?/, '')) : flags
      for (const word of [...path, ...plain, ...choices]) expect(stdout).toContain(word)
    }
  }
})

test('bash completes the options of every command, and no others', async () => {
  for (const { path, options } of allCommands(program).slice(1)) {
    const flags = options.flatMap((option) => option.flags)
    expect(await inBash([...path.slice(1), '-'])).toEqual(flags)
  }
})

const isInstalled = (shell: string): boolean => {
  try {
    execFileSync(shell, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test.each([
  ['bash', '-n'],
  ['zsh', '-n'],
  ['fish', '--no-execute'],
])('%s takes its script', async (shell, flag) => {
  if (!isInstalled(shell)) return
  await promisify(execFile)(shell, [flag, join(folder, `sallyport.${shell}`)])
})

test.skipIf(!isInstalled('fish'))('fish completes as bash does', async () => {
  const completed = async (line: string): Promise<readonly string[]> => {
    const code = 'source $argv[1]; complete -C $argv[2]'
    const args = ['--no-config', '-c', code, join(folder, 'sallyport.fish'), line]
    const { stdout } = await promisify(execFile)('fish', args, { cwd: folder })
    return stdout.split('\n').flatMap((each) => each.split('\t')[0] || [])
  }
  expect(new Set(await completed('sallyport '))).toEqual(new Set(verbs))
  expect(await completed('sallyport validate --format ')).toEqual(['github', 'json', 'sarif', 'text'])
  expect(await completed('sallyport diff --fail-on opens,c')).toContain('opens,closes')
  expect(await completed('sallyport client new-secret --e')).toEqual(['--expires'])
  expect(await completed('sallyport validate my')).toEqual(['my policies/'])
})

test('another shell is no command line', async () => {
  const { code, stderr } = await sallyport(['completion', 'csh'])
  expect(code).toBe(exit.wrongCommandLine)
  expect(stderr).toContain('Allowed choices are bash, zsh, fish.')
})
