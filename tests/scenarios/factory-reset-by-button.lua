-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Factory reset by the button",
  question = "I held SETUP until it blinked green (white): what happened to my app and to my Wi-Fi?",
  cause    = "The bootloader copied the factory image over the user module. After 10 s (white) it also asks the system to forget the networks: 0.5.2 does, later systems drop the request unread.",
  cure     = "Flash the app again. To forget the networks on later systems hold SETUP for 10 s in listening mode.",
  led      = "blinking green from 6.5 s, blinking white from 10 s, then the copy, two resets, Tinker",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

local home = "ssid=home,psk=secret12"

-- What the system did with the request to forget the stored networks: system 0.5.2 follows it. Since 1.5.0 at the latest the
-- system takes the flag back at its start (DR5) before it asks for it.
local function expect_forgotten(set)
  expect("backup.register=DR1 and backup.value=5", {within = "5s"})
  run("1s")
  expect_equal(dct("wifi"):find("home") == nil, set == "0.5.2", "whether the network was forgotten")
  if set ~= "0.5.2" then
    expect_equal(backup(5) >> 16, 0, "the request")
  end
end

local function powered_with_setup()
  press("setup")
  power(true)
end

local function expect_restored()
  expect_erased(9, {within = "3s"})
  expect_resets(2, {within = "10s"})
  expect("user-code", {within = "2s"})
  expect_module("user", info(set_image("factory")))
end

scenario("good factory image, let go in green and in white", function(set)
  device{ keys = true, user = app("blink"), dct = {wifi = home} }
  local stored = dct("wifi")
  powered_with_setup()
  expect_led("blinking green", {within = "7500ms"})
  fork(function()
    release("setup")
    expect_restored()
    expect_equal(dct("wifi"), stored, "the stored networks")
  end)
  expect_led("blinking white", {within = "4s"})
  release("setup")
  expect_restored()
  expect_forgotten(set)
  expect_explained("which asks for a factory reset that also deletes the stored Wi-Fi networks", "The bootloader copied the factory image")
end)

scenario("corrupt factory image: yellow goes on; white is no factory reset", {sets = {"1.5.0", "2.3.1"}}, function(set)
  device{ keys = true, user = app("blink"), factory = edit(set_image("factory"), {damage = "crc"}), dct = {wifi = home} }
  powered_with_setup()
  expect_led("blinking yellow", {within = "4s"})
  expect_never("led=blinking green", function() run("3700ms") end)
  fork(function() -- DFU
    release("setup")
    expect_never("reset or user-code", "500ms")
    expect_led("blinking yellow")
  end)
  expect_led("blinking white", {within = "4s"})
  release("setup")
  expect("user-code", {within = "2s"})
  expect_forgotten(set)
  expect_resets(0)
  expect_not_erased(9)
  expect_explained("found no factory image that it may restore: it had the stored Wi-Fi networks deleted, and nothing else", "The factory image at 0x080E0000 has a valid header but a wrong CRC", "cure  Flash an app for this board to 0x080E0000")
end)

scenario("missing or corrupt factory image: DFU at 3 s, the button still down", {sets = {"0.5.2"}}, function(set)
  for _, factory in ipairs{"none", edit(set_image("factory"), {damage = "crc"})} do
    device{ keys = true, user = app("blink"), factory = factory, dct = {wifi = home} }
    local stored = dct("wifi")
    powered_with_setup()
    expect_led("blinking yellow", {within = "4s"})
    expect_never("led=blinking green or led=blinking white or reset", function() run("4s") end)
    release("setup")
    expect_never("reset or user-code", "500ms")
    expect_equal(dct("wifi"), stored, "the stored networks")
    expect_not_erased(9)
  end
  expect_explained("found no factory image that it may restore, and went into DFU mode", "The factory image at 0x080E0000 has a valid header but a wrong CRC", "cure  Flash an app for this board to 0x080E0000")
end)
