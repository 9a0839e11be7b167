-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "System part 1 erased",
  question = "Flashing system part 1 broke off. Why is the device dead, or why does it start again and again?",
  cause    = "Without a header at 0x08020000 the bootloader tries a factory reset: it works, resets, and the header is still missing. With no factory image it goes to DFU.",
  cure     = "Hold SETUP while it starts until it blinks yellow (3 s), then write system part 1 by DFU. Do not wait: each round wears out sector 9.",
  led      = "off (a reset every 1.6 s), or blinking yellow",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

scenario("with a factory image: sector 9 is erased again and again", function(set)
  device{ keys = true, system_part1 = "none" }
  power(true)
  expect_never("user-code or led=solid red or led=blinking yellow", function()
    expect_resets(2, {within = "4s"})
    expect("flash.op=erase and flash.sector=9 and flash.phase=begin", {within = "1s"})
  end)
  expect_equal(resets(), "software software", "the resets")
  -- 0.5.2 notes in the DCT, once, that a factory reset is done.
  expect_equal(erases(), set == "0.5.2" and "9 reset 1 9 reset 9" or "9 reset 9 reset 9", "erased sectors")
  expect_led("off", {within = "1s"})
  expect_explained("System part 1 is missing", "which does not help", "cure  Hold SETUP")
end)

scenario("SETUP held: DFU", function(set)
  device{ keys = true, system_part1 = "none" }
  press("setup")
  power(true)
  run("3300ms")
  release("setup")
  expect_never("reset or flash.op=erase", function()
    expect_led("blinking yellow", {within = "500ms"})
    run("200ms")
  end)
end)

scenario("without a factory image: DFU by itself", function(set)
  device{ keys = true, system_part1 = "none", factory = "none" }
  power(true)
  expect_led("blinking yellow", {within = "1s"})
  expect_never("reset or user-code", "500ms")
  expect_not_erased()
  expect_explained("because it found nothing to start. System part 1 is missing", "cure  Flash system part 1 to 0x08020000 over USB (DFU)")
end)

scenario("a factory image that is damaged: DFU as well", function(set)
  device{ keys = true, system_part1 = "none", factory = edit(set_image("factory"), {damage = "crc"}) }
  power(true)
  expect_led("blinking yellow", {within = "1s"})
  expect_not_erased()
end)
