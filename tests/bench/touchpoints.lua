-- Requests for wrk. Arguments: the API key, touchpoints of one request, mean ms between an answer and the next request.

local bodies = {}
local turn = 0

local function touchpoint(number)
  return string.format(
    '{"type":"payment.failed","customer":"customer-%d","subject":"order:%d",'
      .. '"data":{"reason":"card_declined","provider":"acme","amount":%d.9,"currency":"EUR"}}',
    math.random(100000), number, math.random(500))
end

function init(args)
  local items, pause = tonumber(args[2]), tonumber(args[3])
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. args[1]
  for number = 1, 200 do
    local found = {}
    for place = 1, items do
      found[place] = touchpoint(place)
    end
    bodies[number] = items == 1 and found[1] or "[" .. table.concat(found, ",") .. "]"
  end
  if pause > 0 then
    delay = function() return math.random(0, 2 * pause) end
  end
end

function request()
  turn = turn % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[turn])
end
