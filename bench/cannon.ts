/**
 * The load tool where `wrk` is not installed: `node bench/cannon.ts CONNECTIONS SECONDS URL`, with the requests in the
 * file that BENCH_REQUESTS names. Prints the same report as `load.lua`. It needs more CPU than wrk for each request.
 */
import { readFile } from 'node:fs/promises'
import autocannon, { type Request } from 'autocannon'

const END_OF_HEAD = '\r\n\r\n'

function requestOf(head: string): Request {
  const [first = '', ...lines] = head.split('\r\n')
  const [, path = '/'] = first.split(' ')
  const headers = lines.map((line) => line.split(': ')).map(([name = '', value = '']) => [name, value])
  return { method: 'GET', path, headers: Object.fromEntries(headers) }
}

const [connections, seconds, url = ''] = process.argv.slice(2)
const heads = (await readFile(process.env['BENCH_REQUESTS'] ?? '', 'latin1')).split(END_OF_HEAD)
const requests = heads.filter((head) => head !== '').map(requestOf)
let started = 0

const result = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  // Each connection begins elsewhere in the list; else all would send the same request at once.
  setupClient: (client) => {
    const from = (started++ * 31) % requests.length
    client.setRequests([...requests.slice(from), ...requests.slice(0, from)])
  },
})

for (const [status, { count }] of Object.entries(result.statusCodeStats))
  console.log(`status ${status} ${count}`)
console.log(`errors ${result.errors + result.timeouts}`)
console.log(`micros ${result.duration * 1e6}`)
console.log(`p50 ${result.latency.p50 * 1e3}`)
console.log(`p99 ${result.latency.p99 * 1e3}`)
