-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Factory image lost by a system update",
  question = "The factory reset worked before I updated the system over the air. Why does it not blink green any more?",
  cause    = "A system part has more than 128 KB; it was received over the end of the update area, where the factory image lies.",
  cure     = "Write an image to 0x080E0000 by DFU (tinker.bin will do), then the factory reset is back.",
  led      = "magenta (solid, then blinking, for each sector) while the part is copied; later SETUP stays yellow",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

local SYSTEM_PART = 4 -- the module's function

local function updated()
  local part = set_image("system_part1")
  local slot = string.pack("<I2BBI4I4I4BBI2", 0xABCD, 0, 0, 0x080C0000, 0x08020000, #part.bytes, 0x0E, SYSTEM_PART, 0xFFFF)
  device{ keys = true, user = app("blink"), dct = {slot1 = {bytes = slot}} }
  expect_module("factory", {check = "good"})
  flash_write(0x080C0000, part.bytes) -- as the system does that receives it
  power(true)
  expect_led("solid magenta", {within = "2s"})
  expect_led("blinking magenta", {within = "3s"})
  expect("user-loop", {within = "5s"})
  expect_resets(0)
  expect_erased(5, 6)
  expect_not_erased(7, 8, 9, 10, 11)
  expect_module("system_part1", info(part))
  expect_module("factory", {check = "no header"})
  power(false)
end

scenario("the update works, and the factory image is gone", function(set)
  updated()
  fork(function() -- an erased app was restored by itself before; now there is nothing to restore
    flash_erase(9)
    power(true)
    expect_never("user-code", function() expect("backup.register=DR1 and backup.value=5", {within = "3s"}) end)
    expect_resets(0)
    expect_not_erased(9)
  end)
  fork(function() -- DFU works; for what the button does without a factory image see setup-button.lua
    press("setup")
    power(true)
    expect_led("blinking yellow", {within = "4s"})
    release("setup")
    expect_never("reset or user-code", "200ms")
    expect_not_erased()
  end)
  fork(function() -- the cure
    flash_write(0x080E0000, set_image("factory").bytes)
    flash_erase(9)
    power(true)
    expect_erased(9, {within = "3s"})
    expect_resets(3, {within = "6s"})
    expect_module("user", info(set_image("factory")))
  end)
  expect_explained("applied a pending update")
end)
