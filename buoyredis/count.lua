-- Adds to a count in one step. An Add that did not hear how it ended is named by the
-- next one, which counts it out if it came through, and otherwise keeps it from coming
-- through later: a server that was paused reads old commands when it goes on.
-- KEYS: the count, this operation, operations whose end is not known ...
-- ARGV: milliseconds to live, the three numbers, for each unknown one its three numbers ...
local fields = {'tokens', 'nanos', 'unknown'}
local most, least = '9223372036854775807', '-9223372036854775808'

local function add(i, n)
  if n == '0' or n == '-0' then return end
  local sum = redis.pcall('HINCRBY', KEYS[1], fields[i], n)
  if type(sum) == 'table' then
    if not string.find(sum.err, 'overflow', 1, true) then return sum end
    redis.call('HSET', KEYS[1], fields[i], string.sub(n, 1, 1) == '-' and least or most)
  end
end

local function negative(n)
  if string.sub(n, 1, 1) == '-' then return string.sub(n, 2) end
  return '-' .. n
end

local applied, void = '1', '0'
local wanted = redis.call('GET', KEYS[2]) -- false for an operation that nobody knows
if wanted == false then
  for k = 3, #KEYS do
    local at = 4 + (k - 3) * 3
    if redis.call('SET', KEYS[k], void, 'PX', 120000, 'GET') == applied then
      for i = 1, 3 do
        local bad = add(i, negative(ARGV[at + i]))
        if bad then return bad end
      end
    end
  end
  local written = false
  for i = 1, 3 do
    written = written or ARGV[1 + i] ~= '0'
    local bad = add(i, ARGV[1 + i])
    if bad then return bad end
  end
  if written then
    redis.call('SET', KEYS[2], applied, 'PX', 120000)
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
  end
end
return redis.call('HMGET', KEYS[1], unpack(fields))
