/** Answers read off a connection: how long each of them is, and where the next begins. */
import { expect, test } from 'vitest'
import { answersIn, headerOf } from '../../src/attack/answer.ts'

const bodies = (text: string, method = 'GET') =>
  answersIn(text, method).map(({ status, body }) => [status, body])

test.each([
  ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc', [[200, 'ab']]],
  ['until the end', 'HTTP/1.1 403 Forbidden\r\nX: y\r\n\r\nabc', [[403, 'abc']]],
  [
    'in chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n',
    [[200, 'abc']],
  ],
  [
    'in chunks that break off',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n',
    [[200, 'ab']],
  ],
  [
    'two of them',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\nb',
    [
      [200, 'a'],
      [401, 'b'],
    ],
  ],
  [
    'an interim one before',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    [[200, '']],
  ],
  ['none with 204', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', [[204, '']]],
  ['no HTTP at all', 'SSH-2.0-x\r\n\r\n', []],
  ['a head that breaks off', 'HTTP/1.1 200 OK\r\nContent-', []],
])('%s', (_, text, expected) => {
  expect(bodies(text)).toEqual(expected)
})

test('the answer to HEAD has no body, whatever its length says', () => {
  expect(bodies('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'HEAD')).toEqual([[200, '']])
})

test('header names are compared in lower case', () => {
  const [answer] = answersIn('HTTP/1.1 200 OK\r\nX-Request-ID:  a b \r\n\r\n', 'GET')
  expect(answer && headerOf(answer, 'x-request-id')).toBe('a b')
})
