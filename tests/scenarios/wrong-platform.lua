-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "App for another platform",
  question = "I flashed an app that was built for the P1: it does not run, and Tinker is back. Why?",
  cause    = "The header says platform 8; a Photon is 6. To the system such a module is none: it restores the factory image if it has one.",
  cure     = "Build the app for the Photon.",
  led      = "white, blinking green, three resets, then Tinker; without a factory image blinking blue: no app",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

scenario("a factory image is there: it comes back", function(set)
  expect_equal(info(app("blink-p1")).platform, 8, "the app's platform")
  device{ keys = true, user = app("blink-p1") }
  power(true)
  expect_resets(3, {within = "10s"})
  expect("user-code", {within = "1s"})
  expect_module("user", info(set_image("factory")))
  expect_explained("is for the P1 (platform 8), and this board is the Photon (platform 6)", "The bootloader copied the factory image")
end)

scenario("no factory image", function(set)
  device{ keys = true, user = app("blink-p1"), factory = "none" }
  power(true)
  expect_never("user-code or reset", function() expect("backup.register=DR1 and backup.value=6", {within = "2s"}) end)
  expect_module("user", {platform = 8, check = "good"})
  expect_explained("is for the P1 (platform 8), and this board is the Photon (platform 6). The system skipped it (safe mode)")
end)

scenario("a factory image for another platform is none", function(set)
  device{ keys = true, user = "none", factory = app("blink-p1") }
  power(true)
  expect_never("user-code or reset", function() expect("backup.register=DR1 and backup.value=6", {within = "2s"}) end)
  expect_not_erased(9)
end)
