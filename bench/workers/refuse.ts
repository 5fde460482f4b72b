/** A worker that refuses without looking: no refusal can be cheaper. */
export default {
  fetch(): Response {
    return new Response('{"error":"refused"}', {
      status: 403,
      headers: { 'content-type': 'application/json' },
    })
  },
}
