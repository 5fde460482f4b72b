/** What can be typed, read from commander's own commands: what a shell completes cannot differ from what is accepted. */
import type { Argument, Command, Option } from 'commander'
import { takesSeveral } from '../options.ts'

/** What may stand in one place. */
export type Completed =
  | { readonly kind: 'one_of' | 'several_of'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'folder' }
  /** A text that nobody can guess. */
  | { readonly kind: 'text' }

export type CompletedOption = {
  /** `--format`; and `-h` where there is a short form. */
  readonly flags: readonly string[]
  readonly description: string
  /** Undefined for a flag. */
  readonly value: Completed | undefined
}

export type CompletedCommand = {
  /** From the program's own name on: `sallyport`, `client`, `new-secret`. */
  readonly path: readonly string[]
  readonly description: string
  readonly commands: readonly CompletedCommand[]
  readonly options: readonly CompletedOption[]
  /** Of each word that is no option; the last one stands for all that follow. */
  readonly words: readonly Completed[]
}

export function completionTree(command: Command, before: readonly string[] = []): CompletedCommand {
  const help = command.createHelp()
  const path = [...before, command.name()]
  return {
    path,
    description: command.summary() || command.description(),
    commands: help.visibleCommands(command).map((each) => completionTree(each, path)),
    options: help.visibleOptions(command).map(optionOf),
    words: command.registeredArguments.map(wordOf),
  }
}

/** Every command below, and the command itself, in the order of the help. */
export const allCommands = (command: CompletedCommand): readonly CompletedCommand[] => [
  command,
  ...command.commands.flatMap(allCommands),
]

function optionOf(option: Option): CompletedOption {
  const { short, long, description, argChoices, flags } = option
  const [, name = ''] = /[<[]([^>\]]+)[>\]]/.exec(flags) ?? []
  const several = takesSeveral(option)
  return {
    flags: [long, short].filter((flag) => flag !== undefined),
    description,
    value: name === '' ? undefined : completed(name, argChoices, several),
  }
}

/** What is no option is a folder, a file, or a word of the policy. */
const wordOf = (argument: Argument): Completed => completed(argument.name(), argument.argChoices, false)

/** The names in the help tell what is meant: `<dir>`, `<file>`. */
const FOLDERS = ['dir', 'request-and-dirs']
const FILES = ['file', 'log', 'where', 'before', 'after']

function completed(name: string, choices: readonly string[] | undefined, several: boolean): Completed {
  if (choices !== undefined) return { kind: several ? 'several_of' : 'one_of', words: choices }
  if (FOLDERS.includes(name)) return { kind: 'folder' }
  return { kind: FILES.includes(name) ? 'file' : 'text' }
}
