-- One bucket of requests and of tokens a minute, by the generic cell rate algorithm: a
-- number for each says when the bucket will be full. All times are microseconds of this
-- server's clock, costs are the time in which as much comes back.
--
-- take:   cost and size of requests, of tokens, longest wait, limits
--         gives {went, wait, which, time, requests' and tokens' time until full, limits of others}
-- settle: time of the take, correction of requests, of tokens; negative gives back
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local longest = 3600 * 1000000
local largest = 120 * 1000000 -- no single correction is taken for more
local kept = 8

local h = redis.call('HMGET', KEYS[1], 'now', 'requests', 'tokens', 'requests low', 'tokens low', 'limits')

-- A clock that was set back would make everybody wait for as long. The times in the
-- bucket go back with it. No two visits have the same time.
local last = tonumber(h[1])
local back = last and math.max(last + 1 - now, 0) or 0

-- low are visits, oldest first, at which the bucket was fuller than at all later ones: a
-- time, and how long it was from full. What comes back of an earlier charge must not be
-- more than that: it would have run over.
local function read(full, low)
  local d = {full = math.min((tonumber(full) or 0) - back, now + longest), low = {}}
  for n in string.gmatch(low or '', '%-?%d+') do table.insert(d.low, tonumber(n)) end
  for i = 1, #d.low, 2 do d.low[i] = d.low[i] - back end
  return d
end

local function note(low, at, distance)
  while #low > 0 and low[#low] >= distance do
    table.remove(low)
    table.remove(low)
  end
  table.insert(low, at)
  table.insert(low, distance)
  if #low > 2 * kept then -- the two oldest become one, to the safe side
    low[1] = low[3]
    table.remove(low, 4)
    table.remove(low, 3)
  end
end

local function lowest(low, since)
  for i = 1, #low, 2 do
    if low[i] > since then return low[i + 1] end
  end
  return longest
end

local requests, tokens = read(h[2], h[4]), read(h[3], h[5])

local function save(limits)
  local function text(n) return string.format('%.0f', n) end
  local function list(low)
    local out = {}
    for i, n in ipairs(low) do out[i] = text(n) end
    return table.concat(out, ' ')
  end
  redis.call('HSET', KEYS[1], 'now', text(now), 'requests', text(requests.full), 'tokens', text(tokens.full),
    'requests low', list(requests.low), 'tokens low', list(tokens.low), 'limits', limits)
  local life = math.max(requests.full, tokens.full, now) - now + 60 * 1000000
  redis.call('PEXPIRE', KEYS[1], text(math.ceil(life / 1000)))
end

local function settle(d, since, correction)
  local distance = math.max(d.full - now, 0)
  if correction > 0 then
    note(d.low, now, distance)
    d.full = math.max(d.full, now) + math.min(correction, largest)
  elseif correction < 0 then
    local n = math.min(-correction, distance, lowest(d.low, since))
    if n <= 0 then return end
    d.full = d.full - n
    local before = d.low
    d.low = {}
    for i = 1, #before, 2 do
      note(d.low, before[i], before[i] > since and before[i + 1] - n or before[i + 1])
    end
  end
end

local function wait(d, cost, size)
  if cost == 0 then return 0 end
  return math.max(math.max(d.full, now) - now + math.min(cost, size) - size, 0)
end

local function charge(d, cost, at)
  if cost == 0 then return end
  note(d.low, now, math.max(d.full - at, 0))
  d.full = math.max(d.full, at) + cost
end

if ARGV[1] == 'settle' then
  if h[1] == false then return 0 end -- forgotten, since it was full
  local since = tonumber(ARGV[2]) - back
  settle(requests, since, tonumber(ARGV[3]))
  settle(tokens, since, tonumber(ARGV[4]))
  save(h[6] or '')
  return 1
end

local costR, sizeR, costT, sizeT, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local waitR, waitT = wait(requests, costR, sizeR), wait(tokens, costT, sizeT)
local w = math.max(waitR, waitT)
local went = 0
if w <= most then
  went = 1
  charge(requests, costR, now + w)
  charge(tokens, costT, now + w)
  save(ARGV[7])
end
return {went, w, waitT > waitR and 1 or 0, now, math.max(requests.full - now, 0), math.max(tokens.full - now, 0),
  h[6] ~= ARGV[7] and h[6] or false}
