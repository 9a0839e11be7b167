-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Update through the flag of particle update",
  question = "After the update the device restarted once more than I expected, and my old app did something first: is that right?",
  cause    = "Only the system reads the flag (0xA5 at 1753 of the DCT). It starts the old app's constructors, makes a slot and resets; then the bootloader copies.",
  cure     = "None needed.",
  led      = "white, off (magenta for a large app), white",
  sets     = {"1.5.0", "2.3.1"},
}

local function with_flag(new)
  device{ keys = true, user = app("blink"), dct = {update_flag = 0xA5} }
  flash_write(0x080C0000, new.bytes)
  power(true)
end

scenario("one reset; the old app's constructors run before it, its loop does not", function(set)
  local new = edit(app("hello"), {version = 2})
  with_flag(new)
  expect_never("user-loop", function()
    expect("user-code", {within = "1s"})
    expect_module("user", info(app("blink")))
    expect("reset=software", {within = "3s"})
  end)
  expect_equal(erases(), "1 2 reset", "erased sectors: slot and flag")
  expect_module("user", info(app("blink")))
  expect("user-code", {within = "4s"})
  expect_resets(1)
  expect_module("user", info(new))
  expect_equal(dct("update_flag"), 0xFF, "the flag")
  expect_equal(dct("slot1"):sub(1, 4), "ffff", "the magic number of slot 1")
  expect_explained("The system accepted the image in the OTA area", "applied a pending update")
end)

scenario("a second start finds nothing to do", function(set)
  with_flag(edit(app("hello"), {version = 2}))
  expect("reset=software", {within = "3s"})
  expect("user-code", {within = "4s"})
  power(false)
  power(true)
  expect("user-code", {within = "1s"})
  expect_resets(0)
  expect_not_erased(9)
end)

scenario("power cut before the reset: done at the next start", function(set)
  local new = edit(app("hello"), {version = 2})
  with_flag(new)
  power_cut{ op = "erase", pattern = "seeded" }
  expect_equal(dct("update_flag"), 0xA5, "the flag")
  power(true)
  expect("reset=software", {within = "3s"})
  expect("user-code", {within = "4s"})
  expect_module("user", info(new))
end)
