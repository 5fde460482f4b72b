/** A completion script for fish, with the descriptions of the help. */
import { allCommands, type Completed, type CompletedCommand, type CompletedOption } from './tree.ts'

/** @returns the script, to be sourced or kept as a file in fish's `completions` */
export function fishScript(program: CompletedCommand): string {
  const name = program.path[0] ?? ''
  const lines = allCommands(program).flatMap((command) => commandLines(command, name))
  return `# Completion of ${name} for fish. Add to ~/.config/fish/config.fish:  ${name} completion fish | source
complete -c ${name} -f
${lines.join('')}`
}

function commandLines(command: CompletedCommand, name: string): readonly string[] {
  const start = `complete -c ${name} -n ${quoted(condition(command))}`
  const subcommands = command.commands.map(
    ({ path, description }) => `${start} -a ${path.at(-1)} -d ${quoted(description)}\n`,
  )
  const last = command.commands.length > 0 ? undefined : command.words.at(-1)
  const words = last === undefined || last.kind === 'text' ? [] : [`${start} ${valueText(last)}\n`]
  return [...subcommands, ...command.options.map((option) => `${start} ${optionText(option)}\n`), ...words]
}

/** Where the command is the one that is being typed: its own words are there, and none of those below it. */
function condition({ path, commands }: CompletedCommand): string {
  const seen = path.slice(1).map((word) => `__fish_seen_subcommand_from ${word}`)
  const below = commands.map((each) => each.path.at(-1)).join(' ')
  return [...seen, ...(below === '' ? [] : [`not __fish_seen_subcommand_from ${below}`])].join('; and ')
}

function optionText({ flags, description, value }: CompletedOption): string {
  const named = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
  // With -x no other file is offered.
  const given = value === undefined ? [] : [value.kind === 'file' ? '-r' : '-x', valueText(value)]
  return [...named, ...given, '-d', quoted(description)].join(' ')
}

/** What follows: fish offers nothing else, since files are off for the whole program. */
function valueText(value: Completed): string {
  switch (value.kind) {
    case 'one_of':
      return `-a ${quoted(value.words.join(' '))}`
    case 'several_of':
      return `-a ${quoted(`(__fish_append , ${value.words.join(' ')})`)}`
    case 'file':
      return '-F'
    case 'folder':
      return `-a ${quoted('(__fish_complete_directories)')}`
    case 'text':
      return '-f'
  }
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
