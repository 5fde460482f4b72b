/** A completion script for zsh, with the descriptions of the help. */
import { allCommands, type Completed, type CompletedCommand, type CompletedOption } from './tree.ts'

/** @returns the script, as a file `_sallyport` on zsh's `fpath` or to be sourced */
export function zshScript(program: CompletedCommand): string {
  const name = program.path[0] ?? ''
  return `#compdef ${name}
# Completion of ${name} for zsh. Add to ~/.zshrc, after compinit:  source <(${name} completion zsh)
${allCommands(program).map(commandFunction).join('')}if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`
}

const functionName = ({ path }: CompletedCommand): string => `_${path.join('_')}`

/** One function for each command, which calls those of the commands below it. */
function commandFunction(command: CompletedCommand): string {
  const options = command.options.map(optionSpec)
  const body =
    command.commands.length === 0
      ? argumentsCall([...options, ...command.words.map(wordSpec)])
      : subcommands(command, options)
  return `${functionName(command)}() {\n${body}}\n`
}

const argumentsCall = (specs: readonly string[], flags = ''): string =>
  `  _arguments ${flags}${specs.map((spec) => `\\\n    ${spec}`).join(' ')}\n`

/** The first word that is no option is the command; zsh then hands the rest to its function. */
function subcommands({ commands }: CompletedCommand, options: readonly string[]): string {
  const named = commands.map(
    ({ path, description }) => `      ${quoted(`${path.at(-1)}:${description.replaceAll(':', '\\:')}`)}\n`,
  )
  const calls = commands.map((each) => `      ${each.path.at(-1)}) ${functionName(each)} ;;\n`)
  return `  local line state
${argumentsCall([...options, "'1: :->command'", "'*:: :->rest'"], '-C ')}  case $state in
    command)
      local -a commands
      commands=(
${named.join('')}      )
      _describe command commands ;;
    rest)
      case $line[1] in
${calls.join('')}      esac ;;
  esac
`
}

function optionSpec({ flags, description, value }: CompletedOption): string {
  const told = `[${escaped(description)}]${value === undefined ? '' : `: :${action(value)}`}`
  // Whoever has typed one form is not offered the other.
  const others = flags.length > 1 ? `(${flags.join(' ')})` : ''
  return flags.map((flag) => quoted(`${others}${flag}${told}`)).join(' ')
}

const wordSpec = (word: Completed, index: number, all: readonly Completed[]): string =>
  quoted(`${index === all.length - 1 ? '*' : index + 1}: :${action(word)}`)

/** As `_arguments` takes it (zshcompsys, actions). */
function action(value: Completed): string {
  switch (value.kind) {
    case 'one_of':
      return `(${value.words.join(' ')})`
    case 'several_of':
      return `_values -s , kinds ${value.words.join(' ')}`
    case 'file':
      return '_files'
    case 'folder':
      return '_files -/'
    case 'text':
      return ' '
  }
}

/** Inside of `[...]`. */
const escaped = (text: string): string => text.replace(/[[\]\\:]/g, '\\$&')

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
