-- Asks for the addresses that follow the server's, in turn, and ends with a line of JSON.

local requests = {}
local last = 0

function init(args)
  for _, address in ipairs(args) do
    requests[#requests + 1] = wrk.format("GET", address)
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "duration_us": %d, "refused": %d, "broken": %d, "late": %d, ',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write, errors.timeout))
  io.write(string.format(
    '"p50_us": %d, "p95_us": %d, "p99_us": %d, "max_us": %d}\n',
    latency:percentile(50), latency:percentile(95), latency:percentile(99), latency.max))
end
