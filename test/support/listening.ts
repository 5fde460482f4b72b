import type { AddressInfo, Server } from 'node:net'

/** Takes a free port on loopback. @returns `http://127.0.0.1:PORT` */
export async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}
