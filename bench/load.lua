-- Sends the requests of a file in turn and counts every answer by its status.
-- BENCH_REQUESTS names the file: heads of requests, one after the other.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init()
  requests, statuses, at = {}, {}, 0
  local file = assert(io.open(os.getenv('BENCH_REQUESTS'), 'rb'))
  for head in file:read('*a'):gmatch('(.-\r\n\r\n)') do
    table.insert(requests, head)
  end
  file:close()
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function response(status)
  local key = 'status ' .. status
  statuses[key] = (statuses[key] or 0) + 1
end

function done(summary, latency)
  for _, thread in ipairs(threads) do
    for key, count in pairs(thread:get('statuses')) do
      io.write(key, ' ', count, '\n')
    end
  end
  local failed = summary.errors
  io.write('errors ', failed.connect + failed.read + failed.write + failed.timeout, '\n')
  io.write('micros ', summary.duration, '\n')
  io.write('p50 ', latency:percentile(50), '\n')
  io.write('p99 ', latency:percentile(99), '\n')
end
