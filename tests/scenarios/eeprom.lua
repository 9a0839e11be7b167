-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "EEPROM outlives it all",
  question = "Are the values that my app keeps in EEPROM lost by a factory reset, an update or DFU?",
  cause    = "The emulated EEPROM lies in sectors 3 and 4, which only the EEPROM library of an app touches; the first app that has it formats them.",
  cure     = "None needed.",
  led      = "nothing is shown",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

local function eeprom()
  return flash(0x0800C000, 0x14000)
end

scenario("the first app formats both sectors, and nothing else", function(set)
  device{ keys = true, user = app("eeprom") }
  flash_erase(3, 4)
  power(true)
  expect("uart=EEPROM start 1", {within = "3s"})
  expect_erased(3, 4)
  expect_not_erased(0, 5, 6, 7, 8, 9, 10, 11)
  expect_module("system_part1", info(set_image("system_part1")))
end)

scenario("factory reset, safe mode, DFU, another app, RESET", function(set)
  device{ keys = true, vbat = true, user = app("eeprom") }
  flash_erase(3, 4)
  power(true)
  expect("uart=EEPROM start 1", {within = "3s"})
  run("100ms")
  power(false)
  local kept = eeprom()
  local function expect_kept(what)
    expect_equal(eeprom() == kept, true, "whether the EEPROM is as it was after " .. what)
  end
  backup_set(1, 0x5AFE)
  power(true)
  expect("backup.register=DR1 and backup.value=6", {within = "2s"})
  expect_kept("safe mode")
  power(false)
  backup_set(1, 0xEDFA)
  power(true)
  expect_led("blinking yellow", {within = "2s"})
  expect_kept("DFU")
  power(false)
  flash_erase(9)
  power(true)
  expect_resets(3, {within = "10s"})
  expect("backup.register=DR1 and backup.value=6", {within = "5s"})
  expect_module("user", info(set_image("factory")))
  expect_kept("a factory reset and Tinker")
  power(false)
  flash_erase(9)
  flash_write(0x080A0000, app("eeprom").bytes)
  power(true)
  expect("uart=EEPROM start 2", {within = "3s"})
  run("100ms")
  reset()
  expect("uart=EEPROM start 3", {within = "3s"})
end)
