/** How the help shows commands, options and arguments: in as few words as a screen has room for. */
import { type Argument, type Command, Help, type HelpConfiguration, type Option } from 'commander'

/** All but the ways to ask for help, which the last line of the list of commands shows. */
const visibleCommands = (command: Command): Command[] =>
  new Help().visibleCommands(command).filter((each) => each.name() !== 'help')
const visibleOptions = (command: Command): Option[] =>
  command.parent === null ? [] : new Help().visibleOptions(command)

/** What it may be, and what it is where nothing is said. */
const optionDescription = (option: Option): string => described(option)
const argumentDescription = (argument: Argument): string => described(argument)

/** What a command takes is in its own help. */
const subcommandTerm = (command: Command): string => command.name()

/** For commander. */
export const briefHelp: HelpConfiguration = {
  visibleCommands,
  visibleOptions,
  optionDescription,
  argumentDescription,
  subcommandTerm,
}

type Described = Pick<Option, 'description' | 'argChoices' | 'defaultValue' | 'defaultValueDescription'>

function described({ description, argChoices, defaultValue, defaultValueDescription }: Described): string {
  const told = argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`
  const value = defaultValueDescription ?? valueText(defaultValue)
  return value === '' ? told : `${told} (default: ${value})`
}

/** A flag that is off and a map that is empty say nothing. */
function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.join(' ')
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
