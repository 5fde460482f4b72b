/** A completion script for bash, 3.2 and later. */
import { allCommands, type Completed, type CompletedCommand } from './tree.ts'

/**
 * What is typed decides in two steps: the commands among the words say where we are, and that with the word before
 * says what may follow. No part of it asks the program again, so completing costs no start of Node.
 *
 * @returns the script; sourced by a shell, it completes `sallyport` from then on
 */
export function bashScript(program: CompletedCommand): string {
  const name = program.path[0] ?? ''
  const commands = allCommands(program)
  return `# Completion of ${name} for bash. Add to ~/.bashrc:  source <(${name} completion bash)
_${name}_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
_${name}_several() {
  local before=
  [[ $cur == *,* ]] && before=\${cur%,*},
  COMPREPLY=($(compgen -P "$before" -W "$1" -- "\${cur##*,}"))
  compopt -o nospace 2>/dev/null
}
_${name}_paths() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$1" -- "$cur"))
  compopt -o filenames 2>/dev/null
}
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= i
  # In --format=json the sign is a word of its own.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
${commands.slice(1).map(pathCase).join('')}    esac
  done
  case "$at $prev" in
${commands.flatMap((command) => valueCases(command, name)).join('')}  esac
  case "$at" in
${commands.map((command) => wordsCase(command, name)).join('')}  esac
}
complete -F _${name} ${name}
`
}

/** ` client new-secret`; empty for the program itself. */
const at = ({ path }: CompletedCommand): string =>
  path
    .slice(1)
    .map((word) => ` ${word}`)
    .join('')

/** A word is a command only where the words before it lead there: `--only lint` is none. */
const pathCase = (command: CompletedCommand): string => `      '${at(command)}') at='${at(command)}' ;;\n`

/** After an option that takes a value nothing else is completed. */
const valueCases = (command: CompletedCommand, name: string): readonly string[] =>
  command.options.flatMap(({ flags, value }) => {
    if (value === undefined) return []
    const patterns = flags.map((flag) => `'${at(command)} ${flag}'`).join(' | ')
    return [`    ${patterns}) ${call(value, name)}; return ;;\n`]
  })

/** Options where a dash was typed, else commands, or what the last argument is. */
function wordsCase(command: CompletedCommand, name: string): string {
  const flags = command.options.flatMap((option) => option.flags).join(' ')
  const rest =
    command.commands.length > 0
      ? `_${name}_words '${command.commands.map(({ path }) => path.at(-1)).join(' ')}'`
      : call(command.words.at(-1) ?? { kind: 'text' }, name)
  return `    '${at(command)}') if [[ $cur == -* ]]; then _${name}_words '${flags}'; else ${rest}; fi ;;\n`
}

/** `compopt` is of bash 4; without it, a blank follows what it should not. */
function call(value: Completed, name: string): string {
  switch (value.kind) {
    case 'one_of':
      return `_${name}_words '${value.words.join(' ')}'`
    case 'several_of':
      return `_${name}_several '${value.words.join(' ')}'`
    case 'file':
      return `_${name}_paths -f`
    case 'folder':
      return `_${name}_paths -d`
    case 'text':
      return ':'
  }
}
