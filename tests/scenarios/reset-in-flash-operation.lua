-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "RESET pressed while flash is written",
  question = "I got impatient and pressed RESET during an update: did that break something?",
  cause    = "RESET stops the flash controller; the sector is left half erased. Backup registers survive RESET, so only what was forgotten before is lost: a slot, with bootloader 501.",
  cure     = "Mostly none: it is repeated. With system 1.5.0 the app may have to be flashed again.",
  led      = "off or green while RESET is held, then the same once more",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

local function reset_in_erase(sector, after)
  expect("flash.op=erase and flash.phase=begin and flash.sector=" .. sector, {within = "2s"})
  run(after or "100ms")
  press("reset")
  run("100ms")
  expect_equal(count("flash.op=erase and flash.phase=cut"), 1, "erases cut short")
  release("reset")
  mark()
end

scenario("in a factory reset: it is repeated", function(set)
  if set == "0.5.2" then
    device{ keys = true, user = app("blink"), dct = {factory_reset = 0xAAAA} }
  else
    device{ keys = true, user = app("blink"),
            backup = {[4] = 0x1ADEACC0, [5] = 0xFFFFFFFF, [6] = 0xFFFFFFFF, [7] = 0xFFFFAAAA, [8] = 0xFFFFFFFF} }
  end
  local before = flash(0x080A0000, 0x20000)
  power(true)
  reset_in_erase(9)
  local after = flash(0x080A0000, 0x20000)
  expect_equal(after ~= before and after ~= ("\xFF"):rep(#after), true, "whether sector 9 is half erased")
  expect_erased(9, {within = "2s"})
  expect_resets(2, {within = "3s"})
  expect_module("user", info(set_image("factory")))
end)

local function update(after)
  local new = edit(app("hello"), {version = 2})
  local slot = string.pack("<I2BBI4I4I4BBI2", 0xABCD, 0, 0, 0x080C0000, 0x080A0000, #new.bytes, 0x0E, 5, 0xFFFF)
  device{ keys = true, user = app("blink"), dct = {slot1 = {bytes = slot}} }
  flash_write(0x080C0000, new.bytes)
  power(true)
  reset_in_erase(9, after)
  return info(new)
end

scenario("in the copy of an update: repeated", {sets = {"0.5.2", "2.3.1"}}, function(set)
  local new = update()
  expect_erased(9, {within = "2s"})
  expect("user-code", {within = "2s"})
  expect_module("user", new)
  expect_resets(0)
end)

scenario("in the copy of an update: lost; early, the header survives, and no app runs", {sets = {"1.5.0"}}, function(set)
  update("100ms")
  expect_module("user", {check = "wrong CRC", version = 1})
  expect_never("user-code", function() expect("backup.register=DR1 and backup.value=5", {within = "2s"}) end)
  expect_resets(0)
  expect_not_erased(9)
  expect_explained("The device was reset while sector 9 was being erased", "has a valid header but a wrong CRC", "cure  Flash the app again")
end)

scenario("in the copy of an update: lost; late, nothing survives, and Tinker comes", {sets = {"1.5.0"}}, function(set)
  update("950ms")
  expect_resets(3, {within = "5s"})
  expect_module("user", info(set_image("factory")))
end)

scenario("while settings are written: keys and networks are kept", function(set)
  -- The system corrects slot 0 when it starts.
  device{ keys = true, user = app("blink"), dct = {slot0 = {bytes = ("\0"):rep(20)}, wifi = "ssid=home,psk=secret12"} }
  local key, wifi = dct("private_key"), dct("wifi")
  power(true)
  reset_in_erase(1)
  expect_equal(dct("private_key"), key, "the private key")
  expect("user-code", {within = "1s"})
  expect("backup.register=DR1 and backup.value=5", {within = "1s"})
  expect_resets(0)
  expect_equal(dct("slot0"):sub(1, 4), "ac0f", "the magic number of slot 0")
  expect_equal(dct("private_key"), key, "the private key")
  expect_equal(dct("wifi"), wifi, "the stored networks")
end)
