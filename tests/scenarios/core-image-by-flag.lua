-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Core image through the update flag",
  question = "particle update (or flash) went through, but the old app still runs: where is the new one?",
  cause    = "The image in the update area is a Core's. The system rejects it, clears the flag (0xA5 at 1753 of the DCT) and goes on.",
  cure     = "Flash an image for the Photon (platform 6).",
  led      = "white, then as ever: no magenta, no reset",
  sets     = {"1.5.0", "2.3.1"},
}

scenario("rejected without a reset, and the old app runs", function(set)
  device{ keys = true, user = app("blink"), dct = {update_flag = 0xA5} }
  local installed = info(app("blink"))
  flash_write(0x080C0000, extra("core_tinker").bytes)
  power(true)
  expect("user-loop", {within = "5s"})
  run("500ms")
  expect_equal(dct("update_flag"), 0xFF, "the flag")
  expect_resets(0)
  expect_not_erased(9)
  expect_module("user", installed)
  expect_explained("was asked to apply the image in the OTA area and refused it. At 0x080C0000 lies firmware for a Core", "cure  Send an image for this board.")
end)

scenario("for comparison: a Photon's image is taken", function(set)
  device{ keys = true, user = app("blink"), dct = {update_flag = 0xA5} }
  flash_write(0x080C0000, app("hello").bytes)
  power(true)
  expect("user-code")
  expect("reset=software", {within = "5s"})
  expect_erased(9, {within = "5s"})
  expect("user-loop", {within = "5s"})
  expect_module("user", info(app("hello")))
  expect_resets(1)
end)
