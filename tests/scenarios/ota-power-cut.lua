-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Power cut while an update is put in place",
  question = "The power failed during an update: why does my app not start any more, and why did another device recover by itself?",
  cause    = "Bootloader 7 and 1006 free the slot after the copy and so repeat it; 501 frees it before, and what is torn stays torn.",
  cure     = "With 501 (system 1.5.0): flash the app again, in safe mode or by DFU. With the others: nothing.",
  led      = "as ever; in safe mode nothing tells it without the cloud (blinking blue without Wi-Fi)",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

local function slot(image)
  return {bytes = string.pack("<I2BBI4I4I4BBI2", 0xABCD, 0, 0, 0x080C0000, 0x080A0000, #image.bytes, 0x0E, 5, 0xFFFF)}
end

local function is_pending(n)
  return dct("slot" .. n):sub(1, 4) == "cdab"
end

local old, new

local function ready(factory)
  old, new = app("blink"), edit(app("hello"), {version = 2})
  device{ keys = true, user = old, factory = factory, dct = {slot1 = slot(new)} }
  flash_write(0x080C0000, new.bytes)
end

local function cut(options)
  options.sector = 9
  power(true)
  power_cut(options)
end

-- The system gets as far as main (DR1 = 5), behind the place where it would have begun the app.
local function expect_no_app()
  power(true)
  expect_never("user-code", function() expect("backup.register=DR1 and backup.value=5", {within = "3s"}) end)
  expect_resets(0)
  expect_not_erased(9)
end

local function expect_repeated()
  expect_equal(is_pending(1), true, "whether the slot is pending")
  power(true)
  expect_erased(9, {within = "2s"})
  expect("user-code", {within = "3s"})
  expect_module("user", info(new))
  expect_equal(is_pending(1), false, "whether the slot is pending")
  expect_resets(0)
end

-- Where the power fails: in the erase, and in one of the words that follow.
local function each_cut(check)
  for _, pattern in ipairs{"old", "blank", "seeded"} do
    fork(function()
      cut{ op = "erase", pattern = pattern }
      check("erase", pattern)
    end)
  end
  for _, n in ipairs{1, 2, 60, #new.bytes // 4} do
    fork(function()
      cut{ op = "program", in_flash_op = n, pattern = "old" }
      check("program", n)
    end)
  end
end

scenario("the copy is repeated", {sets = {"0.5.2", "2.3.1"}}, function(set)
  ready()
  each_cut(expect_repeated)
end)

scenario("the slot is lost: what is left in sector 9 decides", {sets = {"1.5.0"}}, function(set)
  ready("none")
  each_cut(function(op, what)
    expect_equal(is_pending(1), false, "whether the slot is pending")
    if op == "erase" and what == "old" then -- the old app is whole
      expect_module("user", info(old))
      power(true)
      expect("user-code", {within = "1s"})
    else
      if op == "program" and what > 2 then
        expect_module("user", {check = "wrong CRC", version = 2})
      elseif what == "blank" or what == 1 then
        expect_module("user", "none")
      end
      expect_no_app()
    end
  end)
end)

scenario("the slot is lost before the header was written: the factory image comes", {sets = {"1.5.0"}}, function(set)
  ready()
  cut{ op = "erase", pattern = "blank" }
  power(true)
  expect_erased(9, {within = "2s"})
  expect_resets(3, {within = "5s"}) -- the system asks for a factory reset, it is done, and the watchdog is got rid of
  expect("user-code", {within = "1s"})
  expect_module("user", info(set_image("factory")))
end)

scenario("the slot is lost, the header written: the factory image is not used", {sets = {"1.5.0"}}, function(set)
  ready()
  cut{ op = "program", in_flash_op = 60, pattern = "seeded" }
  expect_module("user", {check = "wrong CRC", version = 2})
  expect_no_app()
  expect_explained("was cut short, so that the user module is incomplete. The bootloader had forgotten the update", "has a valid header but a wrong CRC", "cure  Flash the app again")
end)
