import type { Command } from './command.ts'
import { command } from './command.ts'
import { oneOf } from './values.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
const readShell = oneOf(...SHELLS)

/** `commands` is asked when it runs: the list has this command in it. */
export const completion = (commands: () => readonly Command[]): Command =>
  command({
    name: 'completion',
    summary: 'print what makes a shell complete zaptria’s commands and options',
    details: `bash: put it into ~/.local/share/bash-completion/completions/zaptria.
zsh: into a file _zaptria in a directory of $fpath. fish: into ~/.config/fish/completions/zaptria.fish.`,
    examples: ['zaptria completion bash > ~/.local/share/bash-completion/completions/zaptria', 'source <(zaptria completion zsh)'],
    arguments: { shell: { summary: SHELLS.join(', '), parse: readShell } },
    options: {},
    run: ({ shell }) => {
      const script = { bash, zsh, fish }[shell](tree(commands()))
      return Promise.resolve({ code: 0, data: { shell, script }, text: script })
    },
  })

/** By the words so far what may follow: words, then options. */
type Tree = Map<string, { words: { word: string; summary: string }[]; options: string[] }>

export function tree(commands: readonly Command[]): Tree {
  const found: Tree = new Map([['', { words: [], options: ['--help'] }]])
  for (const { name, summary, options } of commands) {
    const words = name.split(' ')
    for (const [i, word] of words.entries()) {
      const before = words.slice(0, i).join(' ')
      const node = found.get(before) ?? { words: [], options: ['--help'] }
      found.set(before, node)
      const last = i === words.length - 1
      const known = node.words.find((one) => one.word === word)
      if (known === undefined) node.words.push({ word, summary: last ? summary : `${word} …` })
      else if (last) known.summary = summary
    }
    const own = found.get(name) ?? { words: [], options: [] }
    own.options = [...Object.keys(options).map((key) => `--${key}`), '--json', '--help']
    found.set(name, own)
  }
  return found
}

const follows = ({ words, options }: { words: { word: string }[]; options: string[] }): string =>
  [...words.map(({ word }) => word), ...options].join(' ')

/** Words so far that are no command's are arguments: the longest beginning that is one counts. */
function bash(commands: Tree): string {
  const cases = [...commands].map(([words, next]) => `    '${words}') next='${follows(next)}' ;;`)
  return `# bash completion of zaptria
_zaptria() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words='' next='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${words:+$words }\${COMP_WORDS[i]}" in
${[...commands.keys()]
  .filter((words) => words !== '')
  .map((words) => `    '${words}') words='${words}' ;;`)
  .join('\n')}
    esac
  done
  case "$words" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$next" -- "$current"))
  [ "\${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _zaptria zaptria
`
}

/** zsh reads bash's. */
const zsh = (commands: Tree): string => `#compdef zaptria
autoload -U +X bashcompinit && bashcompinit
${bash(commands)}`

function fish(commands: Tree): string {
  const lines = [...commands].flatMap(([words, next]) => [
    ...next.words.map(
      ({ word, summary }) => `complete -c zaptria -f -n "__zaptria_at '${words}'" -a ${word} -d '${summary.replaceAll("'", "\\'")}'`,
    ),
    ...next.options.map((option) => `complete -c zaptria -n "__zaptria_at '${words}'" -l ${option.slice(2)}`),
  ])
  return `# fish completion of zaptria
function __zaptria_at
  set -l said (string match -v -- '-*' (commandline -opc)[2..-1])
  set -l words ''
  for word in $said
    set -l longer (string trim "$words $word")
    contains -- "$longer" ${[...commands.keys()]
      .filter((words) => words !== '')
      .map((words) => `'${words}'`)
      .join(' ')}; and set words $longer
  end
  test "$words" = "$argv[1]"
end
${lines.join('\n')}
`
}
