-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Update over USB",
  question = "What does a device do when an app is written to it over USB, by button or by the 14400-baud touch?",
  cause    = "The bootloader's DFU mode takes the image; the leave resets the device.",
  cure     = "None needed.",
  led      = "blinking yellow, then as after any reset",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

scenario("by button", function(set)
  device{ keys = true, user = app("blink") }
  power(true)
  hold("setup", "4s")
  expect_led("blinking yellow", {within = "5s"})
  run("1500ms")
  mark()
  dfu_write(0x080A0000, app("hello"), {leave = true})
  expect_erased(9)
  expect_resets(2, {within = "10s"})
  expect("user-code", {within = "10s"})
  expect_explained("In DFU mode the host had sector 9 (the user module) erased and programmed", "The system started the user module")
end)

scenario("a write to the bootloader", function(set)
  device{ only = "bootloader" }
  power(true)
  usb()
  run_until("usb.product=0xD006")
  expect_never("flash", function()
    dfu_write(0x08000000, app("hello"), {fails = true})
  end)
  -- a fork plugs its own cable
  fork(function() dfu_write(0x080A0000, app("hello")) end)
  dfu_write(0x080A0000, app("hello"))
end)

scenario("by the 14400-baud touch, and a serial console", function(set)
  device{ keys = true, user = "none" }
  power(true)
  serial_send("v", {within = "20s"})
  expect_serial("system firmware version: " .. set)
  serial_baud(14400)
  expect_led("blinking yellow", {within = "5s"})
  dfu_write(0x080A0000, app("hello"), {leave = true})
  expect("user-code", {within = "10s"})
  expect_explained("because the system had asked for it (0xEDFA in DR1)")
end)
