/**
 * The upstream, in a process of its own: `node bench/upstream.ts` prints its port and answers every request alike.
 *
 * On bare sockets, since it must not be what the benchmark measures: it finds where a request's head ends and sends
 * the same bytes each time. It takes no bodies; the benchmark sends none.
 */
import { createServer, type Socket } from 'node:net'

const BODY = JSON.stringify({
  stat: 'ok',
  record: { id: 'r-1', name: 'A. Person', addresses: ['a', 'b', 'c'] },
})

const ANSWER = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
)

const END_OF_HEAD = '\r\n\r\n'

function serve(socket: Socket): void {
  socket.setNoDelay(true)
  let unfinished = ''
  socket.on('data', (chunk) => {
    const heads = (unfinished + chunk.toString('latin1')).split(END_OF_HEAD)
    unfinished = heads.pop() ?? ''
    for (const _ of heads) socket.write(ANSWER)
  })
  // The other side may end at any time; that is no failure of the upstream.
  socket.on('error', () => socket.destroy())
}

const server = createServer(serve)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the upstream has no port')
  console.log(address.port)
})
