-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Watchdog chain",
  question = "My Photon hung after an update, and some seconds later Tinker (or DFU mode) came up by itself: why?",
  cause    = "After a factory reset or DFU the bootloader starts the system under a watchdog. A system that does not stop it in 5 s is reset; DR1 counts the tries.",
  cure     = "Flash a system that starts; from the third failure on the device waits in DFU mode.",
  led      = "white for 5 s; then blinking green (second failure), blinking yellow (third)",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

-- The system's first instructions are replaced by an endless loop: a module with right checksums that hangs at once.
local function hanging(set)
  local part1 = set_image("system_part1")
  local entry = (string.unpack("<I4", part1.bytes, 5) & ~1) - info(part1).start
  return edit({name = "a system that hangs", bytes = part1.bytes:sub(1, entry) .. "\xFE\xE7" .. part1.bytes:sub(entry + 3)},
              {version = info(part1).version})
end

-- As left by a factory reset: the watchdog is to be started, and this is the first try.
local function armed(set, part1)
  local options = {keys = true, user = app("blink"), system_part1 = part1, backup = {[1] = 1}}
  if set == "0.5.2" then
    options.dct = {watchdog = 0xD001}
  else
    options.backup[4] = 0x1ADEACC0
    for n, value in ipairs{0xFFFFFFFF, 0xFFFFFFFF, 0xD001FFFF, 0xFFFFFFFF, 0xFFFFFFFF} do
      options.backup[4 + n] = value
    end
  end
  device(options)
  power(true)
  expect("watchdog", {within = "1s"})
end

scenario("a system that hangs: once more, factory reset, DFU", function(set)
  armed(set, hanging(set))
  local started = time()
  for try = 1, 3 do
    local bitten = expect("reset=iwdg", {within = "10s"})
    if try == 1 then
      expect_equal(bitten - started > 4.9 and bitten - started < 5.1, true, "whether it took 5 s")
    end
  end
  expect_led("blinking yellow", {within = "2s"})
  expect_equal(trail("DR1"), "reset 2 reset 3 reset reset FFFF", "DR1")
  expect_equal(resets(), "iwdg iwdg software iwdg", "the resets")
  expect_module("user", info(set_image("factory")))
  expect_explained("The watchdog reset the device", "after the second watchdog reset in a row", "after the third watchdog reset in a row")
end)

scenario("a good system ends the watchdog", function(set)
  armed(set, set_image("system_part1"))
  expect("reset=software", {within = "2s"})
  expect("user-loop", {within = "3s"})
  expect_never("reset", "5200ms")
  expect_explained("to be rid of the watchdog, which only a reset stops")
end)
