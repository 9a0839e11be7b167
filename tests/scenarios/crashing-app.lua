-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "The app crashes",
  question = "The LED blinks SOS in red, then some more, and the Photon restarts: what do the blinks after SOS mean?",
  cause    = "The app crashed. The number of blinks after SOS is the kind: 1 hard fault, 5 usage fault (division by zero), 13 stack overflow.",
  cure     = "Safe mode (SETUP until magenta) keeps the app from starting: flash a better one then.",
  led      = "red: ... --- ... and the number, twice, then a reset, and all again; a lock-up leaves the LED as it was",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

-- What was blinked in red so far: a dot for a short flash, a dash for a long one.
local function flashes()
  local text, since = "", nil
  for _, event in ipairs(events("light.name=rgb")) do
    local red = event.r > 0 and event.g == 0 and event.b == 0
    if red and not since then
      since = event.t
    elseif not red and since then
      text = text .. (event.t - since < 0.2 and "." or "-")
      since = nil
    end
  end
  return text
end

local function crash(name)
  device{ keys = true, user = app(name) }
  power(true)
  expect("user-loop", {within = "3s"})
end

-- From the LED's being named on, SOS and the number take that long once; the pause behind shows that it has no further blink.
local function expect_number(number)
  run(("%dms"):format(4000 + 600 * number))
  expect_equal(flashes(), "...---..." .. ("-"):rep(number), "what it blinks")
end

local function crash_and_blink(name, fault)
  crash(name)
  if fault then
    expect(fault .. " and fault.taken=hardfault", {within = "2s"})
  end
  expect_led("blinking red", {within = "4s"})
  if not fault then
    expect_equal(count("fault"), 0, "number of faults")
  end
  expect_resets(0)
end

-- The blinking costs the host much: that it begins is seen on every system, its end and the number on one.
scenario("a division by zero", function(set)
  crash_and_blink("crash-divide", "fault.cause=DIVBYZERO")
  if set == "1.5.0" then -- 5 blinks, the same again, reset, and again
    expect("reset", {within = "20s"})
    expect_equal(flashes(), ("...---...-----"):rep(2), "what it blinks")
    expect_equal(resets(), "software", "the resets")
    expect("fault.cause=DIVBYZERO", {within = "4s"})
  end
  expect_explained("in the user module divided by zero", "cure  Correct the app")
end)

scenario("a call through a null pointer", function(set)
  crash_and_blink("crash-null-call", "fault.cause=INVSTATE")
  if set == "2.3.1" then
    expect_number(1)
  end
  expect_explained("which is no function (a null or broken function pointer)", "cure  Look at what the app calls")
end)

scenario("a stack overflow that the system notices", function(set)
  crash_and_blink("crash-stack", nil)
  if set == "0.5.2" then
    expect_number(13)
  end
end)

scenario("a stack overflow beyond the RAM: lock-up, and nothing at all is shown", function(set)
  crash("crash-stack-fast")
  expect("fault.type=lockup", {within = "3s"})
  expect_never("reset or led=blinking red", "3s")
  reset()
  expect("user-loop", {within = "3s"})
  expect_explained("just below RAM (a stack overflow, most likely)", "the processor locked up", "cure  Correct the app")
end)

scenario("cured: safe mode, and another app", function(set)
  crash("crash-null-call")
  power(false)
  press("setup")
  power(true)
  run("1500ms")
  release("setup")
  expect_never("user-code or fault", function() expect("backup.register=DR1 and backup.value=6", {within = "3s"}) end)
  power(false)
  flash_erase(9)
  flash_write(0x080A0000, app("blink").bytes)
  power(true)
  expect("user-loop", {within = "3s"})
end)
