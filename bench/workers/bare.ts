/** The yardstick: a worker that forwards each request as it is and does nothing else. */
import { type Origin, toOrigin } from './origin.ts'

export default {
  fetch(request: Request, env: Origin): Promise<Response> {
    return fetch(new Request(toOrigin(request.url, env), request))
  },
}
