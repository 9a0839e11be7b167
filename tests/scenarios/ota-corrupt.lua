-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Update received with a wrong byte",
  question = "The update was sent and the device restarted: why does it still run the old app?",
  cause    = "The new image's checksum is wrong. The bootloader looks at it before it erases anything, drops the pending slot and goes on.",
  cure     = "Send the update again. Nothing has been lost.",
  led      = "off, then as ever: no magenta (with 2.3.1 for 0.3 s)",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

-- What the system notes when an app has been received at 0x080C0000: its CRC, start, function and length are to be checked.
local function slot(image)
  return {bytes = string.pack("<I2BBI4I4I4BBI2", 0xABCD, 0, 0, 0x080C0000, 0x080A0000, #image.bytes, 0x0E, 5, 0xFFFF)}
end

local function is_pending(n)
  return dct("slot" .. n):sub(1, 4) == "cdab"
end

-- Slot 1 holds the new version of our app.
local function with_update(new)
  device{ keys = true, user = app("blink"), dct = {slot1 = slot(new)} }
  flash_write(0x080C0000, new.bytes)
  power(true)
end

local function expect_dropped(set)
  local old = info(app("blink"))
  expect("user-loop", {within = "2s"})
  expect_resets(0)
  expect_not_erased(5, 6, 7, 8, 9, 10, 11)
  expect_module("user", old)
  expect_equal(is_pending(1), false, "whether the slot is pending")
  -- 1006 lights the LED while it writes the DCT; the others have nothing that takes long enough.
  expect_equal(count("light.name=rgb and light.r=255 and light.g=0") > 0, set == "2.3.1", "whether the LED was magenta")
end

scenario("a wrong byte: skipped, and the old app runs", function(set)
  with_update(edit(app("hello"), {version = 2, damage = "body"}))
  expect_dropped(set)
  -- 0.5.2 zeroes the slot where it is; the others write the DCT anew, and the other copy after that.
  expect_equal(erases(), set == "0.5.2" and "" or "1 2", "erased sectors")
  expect_explained("dropped a pending update and erased nothing. The CRC of the image at 0x080C0000 is wrong.", "cure  Send an undamaged image")
end)

scenario("an app for a P1: skipped as well", function(set)
  with_update(edit(app("hello"), {version = 2, platform = 8}))
  expect_dropped(set)
  expect_explained("dropped a pending update and erased nothing. The image at 0x080C0000 is for platform 8")
end)

scenario("for comparison, a good one: one erase of sector 9 and no reset", function(set)
  local new = edit(app("hello"), {version = 2})
  with_update(new)
  expect("user-loop", {within = "4s"})
  expect_resets(0)
  expect_module("user", info(new))
  expect_equal(is_pending(1), false, "whether the slot is pending")
  -- 1.5.0 gives the slot up before the copy, the others after it. The last erase of the newer two is the system's own.
  local order = {["0.5.2"] = "9", ["1.5.0"] = "1 9 2", ["2.3.1"] = "9 1 2"}
  expect_equal(erases(), order[set], "erased sectors")
  expect_explained("applied a pending update (LED magenta): it copied the image from 0x080C0000 over the user module")
end)

scenario("a good one of 110 KB: blinking magenta while it is copied", function(set)
  local new = edit(app("hello"), {version = 2})
  local size = info(new).finish - info(new).start
  local padded = make(new.bytes:sub(25, size - 40) .. ("\0"):rep(110000), -- without header and trailer
                      {version = 2, function_number = 5, index = 1, platform = 6, start = 0x080A0000})
  with_update(padded)
  expect_led("blinking magenta", {within = "4s"})
  expect("user-code", {within = "4s"})
  expect_module("user", info(padded))
end)
