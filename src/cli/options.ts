/** Options with a closed set of values: checked when they are typed, shown in the help, and completed in a shell, from one list. */
import { InvalidArgumentError, Option } from 'commander'

/** One of the values. */
export function oneOf(flags: string, description: string, values: readonly string[]): Option {
  return new Option(flags, description).choices(values)
}

/** Several of the values, with commas between them. The action is given a list. */
export function someOf(flags: string, description: string, values: readonly string[]): Option {
  const option = new Option(flags, description).argParser((typed: string) => {
    const words = typed.split(',')
    if (words.every((word) => values.includes(word))) return words
    throw new InvalidArgumentError(`Allowed choices are ${values.join(', ')}, with commas between them.`)
  })
  option.argChoices = [...values]
  lists.add(option)
  return option
}

const lists = new WeakSet<Option>()

/** Whether several of the choices may be given at once. */
export const takesSeveral = (option: Option): boolean => lists.has(option)

/** `--format`, whose default is the text for a person. */
export const formatOption = (formats: readonly string[]): Option =>
  oneOf('--format <format>', 'form of the output', formats).default('text')
