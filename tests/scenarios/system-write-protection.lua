-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Wild flash writes of an app",
  question = "My app wrote to a wrong flash address: is the system damaged?",
  cause    = "System 0.5.2 protects its own sectors and the bootloader's with the option bytes, and the chip refuses (WRPERR). Later systems do not.",
  cure     = "If part 1 or part 2 is damaged: hold SETUP until it blinks yellow, and flash both.",
  led      = "nothing while it happens; off for good after the next reset",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

local protected = 0x0E1EAAEC -- nWRP of sectors 0 and 5 to 8 is 0

scenario("0.5.2: refused, and the system is whole", {sets = {"0.5.2"}}, function(set)
  device{ keys = true, user = app("flash-wild") }
  expect_equal(option_bytes(), protected, "the option bytes")
  power(true)
  expect('uart=programmed: errors 10, there is ffffffff', {within = "3s"})
  expect('uart=erased: errors 10', {within = "3s"})
  expect_not_erased()
  expect_module("system_part1", info(set_image("system_part1")))
  expect_module("system_part2", info(set_image("system_part2")))
end)

scenario("0.5.2: the protection outlives resets and power-off", {sets = {"0.5.2"}}, function(set)
  device{ keys = true, user = app("blink") }
  power(true)
  expect("user-loop", {within = "1s"})
  reset()
  expect_equal(option_bytes(), protected, "the option bytes after RESET")
  expect("user-loop", {within = "1s"})
  power(false)
  expect_equal(option_bytes(), protected, "the option bytes without power")
  power(true)
  expect("user-loop", {within = "1s"})
  expect_equal(count("flash.op=option"), 0, "number of option byte operations")
end)

scenario("later systems: done, and the next start fails", {sets = {"1.5.0", "2.3.1"}}, function(set)
  device{ keys = true, user = app("flash-wild") }
  power(true)
  expect('uart=programmed: errors 00, there is 12345678', {within = "3s"})
  expect_erased(6, {within = "3s"})
  expect_module("system_part1", {check = "wrong CRC"})
  reset()
  expect("fault.taken=hardfault", {within = "1s"})
end)
