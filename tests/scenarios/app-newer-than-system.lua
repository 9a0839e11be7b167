-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "App newer than the system",
  question = "I flashed my new app over USB, no error, but it does not run and the LED blinks blue: why?",
  cause    = "The app needs a newer system part 2 than is installed; the system skips it without a word (safe mode). Nothing is rolled back.",
  cure     = "Flash system part 1 and part 2 of the version that the app was built for, or build the app for the installed system.",
  led      = "blinking blue without a known network, breathing magenta with one: the same as without an app",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

-- Until the system's main function has started all its threads; a user module would have been entered long before.
local function expect_skipped()
  expect_never("user-code", function() expect("backup.register=DR1 and backup.value=6", {within = "2s"}) end)
end

local function needing(version)
  return edit(app("blink"), {dependency = {function_number = 4, index = 2, version = version}})
end

scenario("the installed version is enough, the next is not", function(set)
  local part2 = info(set_image("system_part2")).version
  device{ keys = true, user = needing(part2) }
  power(true)
  expect("user-code", {within = "200ms"})
  device{ keys = true, user = needing(part2 + 1) }
  local user = flash(0x080A0000, 0x20000)
  power(true)
  expect_skipped()
  expect_resets(0)
  expect_equal(flash(0x080A0000, 0x20000) == user, true, "whether the user module is as it was flashed")
  expect_explained("needs system part 2 version " .. part2 + 1 .. "; version " .. part2 .. " is installed. The system skipped it (safe mode).", "or build the app for")
end)

scenario("the LED does not tell it", function(set)
  device{ keys = true, user = needing(65535) }
  power(true)
  expect_never("user-code or reset or fault", function() expect_led("blinking blue", {within = "5s"}) end)
end)

scenario("the Doctor on a system of 2016", {sets = {"0.5.2"}}, function(set)
  local doctor = extra("photon_doctor", "1.5.0")
  expect_equal(info(doctor).dependencies[1].version > info(set_image("system_part2")).version, true, "whether it needs more")
  device{ keys = true, user = doctor }
  power(true)
  expect_skipped()
  expect_explained("The system skipped it (safe mode).", "cure  Flash system")
end)

-- The bootloader is the newer one already; what that is for, system-newer-than-bootloader.lua shows.
local newer = {["0.5.2"] = "1.5.0", ["1.5.0"] = "2.3.1"}
scenario("one version too new, cured by flashing part 1 and part 2", {sets = {"0.5.2", "1.5.0"}}, function(set)
  local app_module = needing(info(set_image("system_part2")).version + 1)
  device{ keys = true, user = app_module, bootloader = set_image("bootloader", newer[set]) }
  power(true)
  expect_skipped()
  power(false)
  flash_erase(5, 6, 7, 8)
  flash_write(0x08020000, set_image("system_part1", newer[set]).bytes)
  flash_write(0x08060000, set_image("system_part2", newer[set]).bytes)
  power(true)
  expect("user-loop", {within = "20s"})
  expect_module("user", info(app_module))
  expect_explained("The system skipped it (safe mode).", "The system started the user module")
end)
