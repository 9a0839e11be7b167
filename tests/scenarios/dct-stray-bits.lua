-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Stray zero bits in the spare DCT sector",
  question = "After a factory reset with Wi-Fi clearing (white) my Photon does it again and again and still knows my network: why?",
  cause    = "Settings are copied into the spare DCT sector. If that is not quite erased the copy fails, and the request stands. Bootloaders before 0.4.2 looked at its header only; those tried here look at all of it and erase it first.",
  cure     = "A new bootloader (0.4.2 or newer), or a clean sector.",
  led      = "blinking white, two resets, once; with an old bootloader without end",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

local home = "ssid=home,psk=secret12"

-- One bit where a copy would go; the header reads as erased.
local function stray(sector, offset)
  flash_write(0x08004000 + 0x4000 * (sector - 1) + offset, "\xFF\xFE\xFF\xFF")
end

local function expect_reset_once()
  power(true)
  expect_resets(2, {within = "10s"})
  expect("user-code", {within = "2s"})
  expect("backup.register=DR1 and backup.value=6", {within = "2s"})
  expect_equal(count("flash.op=erase and flash.sector=9 and flash.phase=begin"), 1, "number of factory resets")
  expect_module("user", info(set_image("factory")))
end

scenario("flags in the DCT: the sector is erased first, the request is taken back, the network forgotten", {sets = {"0.5.2"}}, function(set)
  device{ keys = true, user = app("blink"), dct = {factory_reset = 0xAAAA, clear_wifi = 1, wifi = home} }
  for _, offset in ipairs{0, 0x10, 0x3FFC} do -- 0 stands for a clean sector
    fork(function()
      if offset > 0 then
        stray(2, offset)
      end
      expect_reset_once()
      -- The flags were in sector 1: a copy in 2, and 1 is erased; Wi-Fi back in 1. Each lap leaves a clean spare behind.
      expect_equal(erases(), (offset > 0 and "9 2 1" or "9 1") .. " reset 2 1 reset 2", "the erases")
      expect_equal({dct("factory_reset"), dct("clear_wifi")}, {0xFFFF, 0}, "the requests")
      expect_equal(dct("wifi"), "none", "the stored networks")
    end)
  end
end)

scenario("flags in backup registers: a copy is always preceded by an erase", {sets = {"1.5.0", "2.3.1"}}, function(set)
  device{ keys = true, user = app("blink"),
          backup = {[4] = 0x1ADEACC0, [5] = 0xFFFFFFFF, [6] = 0xFFFFFFFF, [7] = 0xFFFFAAAA, [8] = 0xFFFFFFFF, [9] = 0xFFFFFFFF} }
  flash_erase(1) -- sector 2 is the copy in use
  stray(1, 0x1D90)
  expect_reset_once()
  expect_erased(1, {within = "3s"})
  expect("flash.op=erase and flash.sector=2 and flash.phase=begin", {within = "5s"}) -- the next copy: this one is in use
  expect_equal(flash(0x08004000 + 12, 4), "BRCM", "the header of the new copy")
end)
