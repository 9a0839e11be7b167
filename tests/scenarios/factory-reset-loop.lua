-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Endless factory reset: the image is corrupt",
  question = "My Photon flickers white and green several times a second and never stops: what is it doing?",
  cause    = "No user module, and a factory image whose header is good but whose CRC is not: the system asks for it, the bootloader refuses, and again.",
  cure     = "Hold SETUP until it blinks yellow and flash an app over DFU.",
  led      = "flickering white and green, without end",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

scenario("it goes round, and the button ends it", function(set)
  device{ keys = true, user = "none", factory = edit(set_image("factory"), {damage = "crc"}) }
  power(true)
  expect_never("user-code or flash-erase=9", function() run("1s") end)
  expect_equal(count("reset=software") >= 5, true, "whether it was reset again and again")
  expect_equal(count("reset"), count("reset=software"), "number of resets by the software")
  press("setup")
  expect_led("blinking yellow", {within = "5s"})
  release("setup")
  expect_never("reset", "300ms")
  power(false)
  flash_write(0x080A0000, app("blink").bytes)
  power(true)
  expect("user-loop", {within = "3s"})
end)
