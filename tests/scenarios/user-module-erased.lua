-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "User module erased",
  question = "DFU erased the user area and then the cable came off: is my Photon dead?",
  cause    = "There is no user module and no factory image either: the system starts without user code.",
  cure     = "Flash an app; everything else works (listening mode, DFU, updates).",
  led      = "blinking blue (or what the stored network gives), as a device in safe mode",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

scenario("nothing to run, nothing is touched", function(set)
  device{ keys = true, user = "none", factory = "none" }
  power(true)
  expect_never("reset or fault or user-code", function() expect_led("blinking blue", {within = "5s"}) end)
  expect_not_erased(5, 6, 7, 8, 9, 10, 11)
  expect_module("user", "none")
  expect_explained("The user module is missing", "There was no factory image either", "cure  Flash an app for this board")
end)

scenario("cured by flashing an app", function(set)
  device{ keys = true, user = "none", factory = "none" }
  power(true)
  expect("backup.register=DR1 and backup.value=6", {within = "2s"})
  power(false)
  flash_write(0x080A0000, app("blink").bytes)
  power(true)
  expect("user-loop", {within = "2s"})
  expect_explained("The system started the user module")
end)
