-- One bucket of requests and of tokens a minute, by the generic cell rate algorithm: a
-- number for each says when the bucket will be full. All times are microseconds of this
-- server's clock, costs are the time in which as much comes back.
--
-- take:   cost and size of requests, of tokens, longest wait, limits
--         gives {went, wait, which, time, requests' and tokens' time until full, limits of others, turn}
-- settle: time of the take, correction of requests, of tokens; negative gives back
-- leave:  turn that nobody goes at, how much of its requests, of its tokens; then the next one
--         both give {requests' and tokens' time until full}
--
-- KEYS: the bucket, turns in it that were left, parts of such at which nobody can go
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local longest = 3600 * 1000000
local largest = 120 * 1000000 -- no single correction is taken for more
local kept = 8

local h = redis.call('HMGET', KEYS[1], 'now', 'requests', 'tokens', 'requests low', 'tokens low', 'limits', 'last', 'raised')

-- A clock that was set back would make everybody wait for as long. The times in the
-- bucket go back with it. No two visits have the same time.
local seen = tonumber(h[1])
local back = seen and math.max(seen + 1 - now, 0) or 0

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
local last = tonumber(h[7]) or 0   -- when the latest turn was taken
local raised = tonumber(h[8]) or 0 -- when tokens were last corrected upwards; requests never are

local function text(n) return string.format('%.0f', n) end

local function save(limits)
  local function list(low)
    local out = {}
    for i, n in ipairs(low) do out[i] = text(n) end
    return table.concat(out, ' ')
  end
  redis.call('HSET', KEYS[1], 'now', text(now), 'requests', text(requests.full), 'tokens', text(tokens.full),
    'requests low', list(requests.low), 'tokens low', list(tokens.low), 'limits', limits,
    'last', text(last), 'raised', text(raised))
  local life = math.max(requests.full, tokens.full, now) - now + 60 * 1000000
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, text(math.ceil(life / 1000))) end
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

-- A gap is how far the bucket went to where the turn was, beyond its cost.
local function charge(d, cost, at)
  if cost == 0 then return 0 end
  note(d.low, now, math.max(d.full - at, 0))
  local gap = math.max(at - d.full, 0)
  d.full = d.full + gap + cost
  return gap
end

-- A turn that is left before it comes due: the others have their times already, so that
-- the bucket could take back what it has room for at once, and all else would be lost.
-- It stays where it was, for somebody else to go at. Those at the end, behind whom nobody
-- is, are undone. One that has come due is corrected as if it had been used for nothing.
local names = {'taken', 'before', 'at', 'requests', 'tokens', 'requests gap', 'tokens gap', 'requests left', 'tokens left'}

local function turn(from)
  local t, i = {text = from}, 0
  for n in string.gmatch(from, '%d+') do
    i = i + 1
    t[names[i]] = tonumber(n)
  end
  return t
end

local function written(t, fields)
  local out = {}
  for i = 1, fields do out[i] = text(t[names[i]]) end
  return table.concat(out, ' ')
end

local function leave(t)
  if t.at <= now or t.at > math.max(requests.full, tokens.full) then -- the latter by a clock that was set back
    settle(requests, t.taken, -t['requests left'])
    settle(tokens, t.taken, -t['tokens left'])
    return
  end
  local score = text(t.taken)
  for i = 2, 3 do
    for _, other in ipairs(redis.call('ZRANGEBYSCORE', KEYS[i], score, score)) do -- another part of it
      redis.call('ZREM', KEYS[i], other)
      other = turn(other)
      t['requests left'] = t['requests left'] + other['requests left']
      t['tokens left'] = t['tokens left'] + other['tokens left']
    end
  end
  -- Without its request only the other part of it or its time has a use for a part.
  local part = t.requests > 0 and t['requests left'] == 0
  redis.call('ZADD', KEYS[part and 3 or 2], score, written(t, 9))
end

local function undo()
  while true do
    local from = redis.call('ZRANGE', KEYS[2], -1, -1)[1]
    local t = from and turn(from)
    if not t or t.taken ~= last or t.at <= now or t['requests left'] < t.requests or t['tokens left'] < t.tokens then return end
    -- Without the gap, what was added since would begin later than it did.
    if t['tokens gap'] > 0 and raised > t.taken then return end
    requests.full = requests.full - t.requests - t['requests gap']
    tokens.full = tokens.full - t.tokens - t['tokens gap']
    last = t.before
    redis.call('ZREM', KEYS[2], from)
  end
end

if h[1] == false or back > 0 then -- a new bucket, or another clock: they fit no more
  redis.call('DEL', KEYS[2], KEYS[3])
  last = 0
end
for i = 2, 3 do
  while true do
    local from = redis.call('ZRANGE', KEYS[i], 0, 0)[1]
    local t = from and turn(from)
    if not t or t.at > now then break end
    redis.call('ZREM', KEYS[i], from)
    leave(t)
  end
end

if ARGV[1] ~= 'take' then
  -- Forgotten, since it was full: there is nothing to give back, and a debt begins anew.
  local debt = ARGV[1] == 'settle' and math.max(tonumber(ARGV[3]), tonumber(ARGV[4])) or 0
  if h[1] == false and debt <= 0 then return {0, 0} end
  if ARGV[1] == 'leave' then
    for i = 2, #ARGV - 2, 3 do
      local t = turn(ARGV[i] .. ' ' .. ARGV[i + 1] .. ' ' .. ARGV[i + 2])
      for _, name in ipairs({'taken', 'before', 'at'}) do t[name] = t[name] - back end
      leave(t)
    end
    undo()
  else
    local since = tonumber(ARGV[2]) - back
    settle(requests, since, tonumber(ARGV[3]))
    settle(tokens, since, tonumber(ARGV[4]))
    if tonumber(ARGV[4]) > 0 then raised = now end
  end
  save(h[6] or '')
  return {math.max(requests.full - now, 0), math.max(tokens.full - now, 0)}
end

local costR, sizeR, costT, sizeT, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
most = math.min(most, longest - largest) -- all behind the longest would have the same time
local waitR, waitT = wait(requests, costR, sizeR), wait(tokens, costT, sizeT)
local w = math.max(waitR, waitT)
local taken = {taken = now, before = last, at = now + w, requests = costR, tokens = costT}
local free
if w > 0 then
  for _, from in ipairs(redis.call('ZRANGE', KEYS[2], 0, 99)) do
    local t = turn(from)
    if t.at > now and t.at < now + w and t['requests left'] >= costR and t['tokens left'] >= costT then
      taken, free, w = t, t, t.at - now
      break
    end
  end
end
local went = 0
if w <= most then
  went = 1
  if free then
    redis.call('ZREM', KEYS[2], free.text)
    free['requests left'] = free['requests left'] - costR
    free['tokens left'] = free['tokens left'] - costT
    if free['requests left'] + free['tokens left'] > 0 then leave(free) end
  else
    taken['requests gap'] = charge(requests, costR, now + w)
    taken['tokens gap'] = charge(tokens, costT, now + w)
    last = now
  end
  save(ARGV[7])
end
-- With turns to be had before the end, the bucket looks as if it ended there.
local function looks(d, cost, size)
  local until_full = math.max(d.full - now, 0)
  if free then until_full = math.min(until_full, w + size - math.min(cost, size)) end
  return until_full
end
return {went, w, waitT > waitR and 1 or 0, taken.taken, looks(requests, costR, sizeR), looks(tokens, costT, sizeT),
  h[6] ~= ARGV[7] and h[6] ~= '' and h[6] or false, went == 1 and written(taken, 7) or ''}
