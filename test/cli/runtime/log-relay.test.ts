import { once } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { relayLines } from '../../../src/cli/runtime/log-relay.ts'

/** A reader that takes nothing until it is told to. */
function reader() {
  let text = ''
  let take: (() => void) | undefined
  let isStopped = true
  const to = new Writable({
    write: (chunk, _, done) => {
      const taken = () => {
        text += chunk
        done()
      }
      if (isStopped) take = taken
      else taken()
    },
  })
  return {
    to,
    read: () => text,
    goOn: () => {
      isStopped = false
      take?.()
    },
  }
}

const line = (at: number) => `{"line":${at}}`

test('lines go on as they come, a half one with its other half', async () => {
  const from = new PassThrough()
  const { to, read, goOn } = reader()
  goOn()
  const done = relayLines(from, to)
  from.write('{"a":1}\n{"b"')
  await expect.poll(read).toBe('{"a":1}\n')
  from.write(':2}\n')
  await expect.poll(read).toBe('{"a":1}\n{"b":2}\n')
  from.end('the last')
  await done
  await expect.poll(read).toBe('{"a":1}\n{"b":2}\nthe last')
})

test('a reader that stops never stops the writer; it is told how many lines it has missed', async () => {
  const MOST = 20_000
  const from = new PassThrough()
  const { to, read, goOn } = reader()
  const done = relayLines(from, to, MOST)
  const count = 20_000
  for (let at = 0; at < count; at++) if (!from.write(`${line(at)}\n`)) await once(from, 'drain')
  await expect.poll(() => from.readableLength).toBe(0)
  expect(to.writableLength).toBeLessThan(MOST + 65_536)
  goOn()
  await expect.poll(() => to.writableLength).toBe(0)
  from.end(`${line(count)}\n`)
  await done
  await expect.poll(() => to.writableLength).toBe(0)
  const lines = read().trimEnd().split('\n')
  const at = lines.findIndex((each) => each.includes('incomplete'))
  expect(lines.slice(0, at)).toEqual(Array.from({ length: at }, (_, nth) => line(nth)))
  expect(lines.slice(at)).toEqual([`{"log":"incomplete","lost_lines":${count - at}}`, line(count)])
})

test('a reader that has gone is no failure', async () => {
  const from = new PassThrough()
  const { to } = reader()
  const done = relayLines(from, to)
  to.destroy()
  from.end('a\nb\n')
  await expect(done).resolves.toBeUndefined()
})

test('what never ends its line is passed on too', async () => {
  const from = new PassThrough()
  const { to, read, goOn } = reader()
  goOn()
  void relayLines(from, to)
  from.write('x'.repeat(2 ** 20 + 1))
  await expect.poll(() => read().length).toBe(2 ** 20 + 1)
})
