-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Always Tinker",
  question = "Whatever I do, Tinker is back on my Photon: who puts it there?",
  cause    = "The user area has no valid header (erased, or not for this device), and a factory image is there. The system asks the bootloader for a factory reset.",
  cure     = "Flash an app that was built for the Photon, all of it.",
  led      = "white, off, blinking green, three resets, then Tinker",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

-- The device ran an app, lost it while it was off, and has kept its backup registers.
local function app_lost()
  device{ keys = true, vbat = true, user = app("blink"), booted = "backup.register=DR1 and backup.value=0xFFFF" }
  power(false)
  flash_erase(9)
  power(true)
end

-- What happens to flags, flash and watchdog, in one line a boot.
local function golden_trail()
  local lines, line = {}, {}
  for _, event in ipairs(events()) do
    if event.kind == "backup" then
      line[#line + 1] = ("%s=%X"):format(event.register, event.value)
    elseif event.kind == "flash" and event.op == "erase" and event.phase == "end" and event.sector >= 5 then
      line[#line + 1] = "erased " .. event.sector
    elseif event.kind == "watchdog" then
      line[#line + 1] = "watchdog"
    elseif event.kind == "reset" then
      line[#line + 1] = event.cause
      lines[#lines + 1] = table.concat(line, " ")
      line = {}
    end
  end
  lines[#lines + 1] = table.concat(line, " ")
  return lines
end

local function expect_trail(golden)
  expect_resets(3, {within = "10s"})
  expect("user-code", {within = "1s"}) -- Tinker's
  expect("backup.register=DR1 and backup.value=6", {within = "2s"})
  local trail = golden_trail()
  for boot, line in ipairs(golden) do
    expect_equal(trail[boot], line, "boot " .. boot)
  end
  expect_equal(#trail, #golden, "number of boots")
  local boots, green = events("reset"), events("led.state~green")[1]
  expect_equal(green ~= nil and green.since > boots[1].t and green.since < boots[2].t, true, "whether the LED was green in boot 2")
  expect_module("user", info(set_image("factory")))
end

scenario("flags in backup registers: each change in turn", {sets = {"1.5.0", "2.3.1"}}, function(set)
  app_lost()
  expect_trail{
    "DR1=1 DR1=4 DR7=FFFFAAAA DR2=64 software",
    "DR9=1E000000 erased 9 DR6=5000 DR7=D001FFFF DR8=FF005A00 DR10=5000 software",
    "watchdog DR7=FFFFFFFF software",
    "DR2=0 DR1=5 DR1=6",
  }
  expect_explained("The user module is missing", "The system asked for a factory reset", "The bootloader copied the factory image", "cure  Flash an app for this board")
end)

scenario("flags in the DCT", {sets = {"0.5.2"}}, function(set)
  app_lost()
  expect_trail{"DR1=1 DR1=4 software", "erased 9 DR10=5000 software", "watchdog software", "DR1=5 DR1=6"}
  expect_equal(dct("factory_reset"), 0xFFFF, "the request")
  expect_equal(dct("factory_reset_done"), 0x5A, "what it leaves behind")
  expect_equal(dct("watchdog"), 0xFFFF, "the watchdog's flag")
  expect_explained("The user module is missing", "The system asked for a factory reset", "The bootloader copied the factory image", "cure  Flash an app for this board")
end)
