/** The YAML language server that editors run, asked over its stdin and stdout as an editor asks it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'

/** Lines and columns start at 0, as in the protocol. */
export type Position = { readonly line: number; readonly character: number }
export type Diagnostic = {
  readonly range: { readonly start: Position; readonly end: Position }
  readonly message: string
}
export type Completion = {
  readonly label: string
  readonly documentation?: string | { readonly value: string }
}

export type LanguageServer = {
  /** What it says of a text, as if the text stood in that file. */
  readonly diagnose: (file: string, text: string) => Promise<readonly Diagnostic[]>
  /** What it offers at a place of a text. */
  readonly complete: (file: string, text: string, at: Position) => Promise<readonly Completion[]>
  readonly stop: () => Promise<void>
}

/** Nothing is fetched: the schema is the one that the file's first line names. */
const SETTINGS = {
  yaml: {
    schemaStore: { enable: false },
    kubernetesCRDStore: { enable: false },
    validate: true,
    completion: true,
    hover: true,
  },
  http: { proxy: 'http://127.0.0.1:9', proxyStrictSSL: true },
}

const CAPABILITIES = {
  workspace: { configuration: true },
  textDocument: {
    completion: { completionItem: { documentationFormat: ['plaintext'] } },
    publishDiagnostics: {},
  },
}

export async function startLanguageServer(): Promise<LanguageServer> {
  const child = spawn(process.execPath, [resolve('node_modules/.bin/yaml-language-server'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const wire = connect(child)
  await wire.request('initialize', { processId: process.pid, rootUri: null, capabilities: CAPABILITIES })
  wire.notify('initialized', {})
  wire.notify('workspace/didChangeConfiguration', { settings: SETTINGS })
  let opened = 0
  const open = (file: string, text: string): string => {
    const uri = pathToFileURL(resolve(file)).href.replace(/\.yaml$/, `.${++opened}.yaml`)
    wire.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } })
    return uri
  }
  return {
    diagnose: async (file, text) => {
      const uri = open(file, text)
      const found = await wire.diagnosed(uri)
      wire.notify('textDocument/didClose', { textDocument: { uri } })
      return found
    },
    complete: async (file, text, position) => {
      const uri = open(file, text)
      const list = await wire.request('textDocument/completion', { textDocument: { uri }, position })
      return (list as { items: Completion[] }).items
    },
    stop: async () => {
      const ended = new Promise((done) => child.once('exit', done))
      child.kill()
      await ended
    },
  }
}

type Message = {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

function connect({ stdin, stdout }: ChildProcessByStdio<Writable, Readable, null>) {
  const answers = new Map<number, (message: Message) => void>()
  const waiting = new Map<string, (found: readonly Diagnostic[]) => void>()
  let sent = 0
  const send = (message: object): void => {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message })
    stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
  }
  messagesFrom(stdout, (message) => {
    if (message.method === undefined) return answers.get(message.id ?? -1)?.(message)
    if (message.method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = message.params as { uri: string; diagnostics: Diagnostic[] }
      waiting.get(uri)?.(diagnostics)
    }
    if (message.id !== undefined) send({ id: message.id, result: answerTo(message) })
  })
  return {
    request: (method: string, params: object): Promise<unknown> =>
      new Promise((done, fail) => {
        const id = ++sent
        answers.set(id, ({ result, error }) =>
          error === undefined ? done(result) : fail(new Error(JSON.stringify(error))),
        )
        send({ id, method, params })
      }),
    notify: (method: string, params: object): void => send({ method, params }),
    diagnosed: (uri: string): Promise<readonly Diagnostic[]> => new Promise((done) => waiting.set(uri, done)),
  }
}

/** The server asks for its settings, section by section. */
function answerTo({ method, params }: Message): unknown {
  if (method !== 'workspace/configuration') return null
  const { items } = params as { items: { section: keyof typeof SETTINGS }[] }
  return items.map(({ section }) => SETTINGS[section] ?? {})
}

/** Content-Length, a blank line, and that many bytes of JSON. */
function messagesFrom(stream: Readable, take: (message: Message) => void): void {
  let rest = Buffer.alloc(0)
  stream.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const end = rest.indexOf('\r\n\r\n')
      const [, length] = /Content-Length: (\d+)/i.exec(rest.subarray(0, Math.max(end, 0)).toString()) ?? []
      if (end < 0 || length === undefined || rest.length < end + 4 + Number(length)) return
      const body = rest.subarray(end + 4, end + 4 + Number(length)).toString()
      rest = rest.subarray(end + 4 + Number(length))
      take(JSON.parse(body))
    }
  })
}
