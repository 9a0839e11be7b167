-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "A sector of the system erased",
  question = "A system update broke off and now the LED stays off (or blinks red): is the device lost?",
  cause    = "The bootloader looks at the header of part 1 only, and starts a system that has a hole. Nothing restarts it: no watchdog is armed.",
  cure     = "Hold SETUP while it starts until it blinks yellow (3 s), then write both system parts by DFU. The bootloader is whole.",
  led      = "off; with 0.5.2 and the end of part 1 missing: SOS in red",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

local function without(sector)
  device{ keys = true }
  flash_erase(sector)
  power(true)
end

-- Nothing is erased, nothing of the app begins, and there is no way out but a hand.
local function expect_dead()
  expect_led("off", {within = "1s"})
  expect_resets(0)
  expect_not_erased()
end

scenario("sector 6, the end of part 1: part 2 calls into the hole", function(set)
  without(6)
  expect_never("user-loop", function() -- 0.5.2 has begun the app's first functions by then
    expect("fault=memmanage and fault.cause=IACCVIOL and fault.taken=hardfault", {within = "1s"})
    if set ~= "0.5.2" then -- a breakpoint without a debugger ends its handler
      expect("fault=lockup", {within = "100ms"})
    else
      expect_led("blinking red", {within = "1s"})
    end
  end)
  expect_equal(trail("DR1"), "4", "DR1")
  if set ~= "0.5.2" then
    expect_dead()
  end
  expect_explained("System part 1 at 0x08020000 has a whole sector erased", "cure  Hold SETUP")
end)

scenario("sector 7, the begin of part 2: part 1 jumps into nothing", function(set)
  without(7)
  expect("fault=memmanage and fault.cause=IACCVIOL and fault.taken=hardfault", {within = "1s"})
  expect_equal(peek(0xE000ED08), 0x08000000, "VTOR: the vectors of the bootloader")
  expect_equal(trail("DR1"), "", "DR1")
  expect_dead()
  expect_explained("What lies at 0x08060000 has no module header", "cure  Hold SETUP")
end)

scenario("sector 8, the end of part 2: its first instruction is erased flash", function(set)
  without(8)
  expect("fault=usagefault and fault.cause=UNDEFINSTR and fault.taken=hardfault", {within = "1s"})
  expect_equal(trail("DR1"), "", "DR1")
  expect_dead()
  expect_explained("System part 2 at 0x08060000 has a whole sector erased", "cure  Hold SETUP")
end)

-- Sector 5, where part 1 begins: part1-erased.lua.
local function expect_dfu(...)
  device{ keys = true }
  flash_erase(...)
  press("setup")
  power(true)
  run("3300ms")
  release("setup")
  expect_never("reset or fault", function()
    expect_led("blinking yellow", {within = "500ms"})
    run("200ms")
  end)
  local first = events("light.name=rgb and light.r=255 and light.g=255 and light.b=0")[1].t
  expect_equal(first > 3.0 and first < 3.05, true, "whether it is yellow from 3.0 s on")
end

for sector = 6, 8 do -- these bootloaders borrow code of the system where it is whole
  scenario("sector " .. sector .. ": SETUP held still leads to DFU", {sets = {"1.5.0", "2.3.1"}}, function(set)
    expect_dfu(sector)
  end)
end

scenario("sectors 6 to 8: SETUP held still leads to DFU", {sets = {"0.5.2"}}, function(set)
  expect_dfu(6, 7, 8)
end)
