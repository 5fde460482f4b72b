/** What came back over a socket, read without forgiving anything that another reader would stumble over. */

export type Answer = {
  readonly status: number
  /** Names in lower case, in the order of the lines. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** One character a byte. */
  readonly body: string
}

export const headerOf = ({ headers }: Answer, name: string): string | undefined =>
  headers.find(([each]) => each === name)?.[1]

/**
 * All answers on one connection, in their order; an interim one (1xx) is passed over.
 *
 * @param text - one character a byte
 * @param method - of the first request: the answer to HEAD has no body, whatever its length says
 */
export function answersIn(text: string, method: string): readonly Answer[] {
  const answers: Answer[] = []
  let rest = text
  while (rest.startsWith('HTTP/')) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) break
    const { status, headers } = headIn(rest.slice(0, end))
    rest = rest.slice(end + 4)
    if (status >= 100 && status < 200) continue
    const hasNone = status === 204 || status === 304 || (answers.length === 0 && method === 'HEAD')
    const taken = hasNone ? { body: '', rest } : bodyIn(rest, headers)
    answers.push({ status, headers, body: taken.body })
    rest = taken.rest
  }
  return answers
}

function headIn(head: string): Omit<Answer, 'body'> {
  const [first = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { status: Number(first.split(' ')[1] ?? 0), headers }
}

type Taken = { readonly body: string; readonly rest: string }

/** RFC 9112 section 6.3: chunks, else a length, else all until the end. */
function bodyIn(text: string, headers: Answer['headers']): Taken {
  const lineOf = (name: string) => headers.find(([each]) => each === name)?.[1]
  if (lineOf('transfer-encoding')?.toLowerCase().includes('chunked')) return chunksIn(text)
  const length = lineOf('content-length')
  if (length === undefined) return { body: text, rest: '' }
  return { body: text.slice(0, Number(length)), rest: text.slice(Number(length)) }
}

function chunksIn(text: string): Taken {
  let body = ''
  let at = 0
  while (at < text.length) {
    const end = text.indexOf('\r\n', at)
    const length = end < 0 ? Number.NaN : Number.parseInt(text.slice(at, end), 16)
    if (!(length >= 0)) return { body, rest: '' }
    body += text.slice(end + 2, end + 2 + length)
    at = end + 2 + length + 2
    if (length === 0) return { body, rest: text.slice(at) }
  }
  return { body, rest: '' }
}
