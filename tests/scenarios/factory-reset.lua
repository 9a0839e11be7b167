-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Factory reset by request",
  question = "A factory reset was asked for by software: what if there is no factory image, or a bad one?",
  cause    = "The bootloader finds the request in the system flags and copies the factory image if its header and CRC are good. Else it drops the request.",
  cure     = "None needed: without a good image the app is left alone. A large update overwrites the factory image; flash Tinker then.",
  led      = "blinking green, then two resets; without a good image one reset and the app",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

-- Where the flags are: in the DCT before 0.7.0, since then in backup registers DR4 to DR9 with a mark in the first.
local function requested(set, options)
  options.keys = true
  options.user = app("blink")
  if set == "0.5.2" then
    options.dct = {factory_reset = 0xAAAA}
  else
    options.backup = {[4] = 0x1ADEACC0, [5] = 0xFFFFFFFF, [6] = 0xFFFFFFFF, [7] = 0xFFFFAAAA, [8] = 0xFFFFFFFF, [9] = 0xFFFFFFFF}
  end
  device(options)
  power(true)
end

scenario("good factory image", function(set)
  requested(set, {})
  expect_erased(9, {within = "3s"})
  expect_led("blinking green", {within = "2s"})
  expect_resets(2, {within = "5s"})
  expect("user-code", {within = "2s"})
  expect_equal(resets(), "software software", "the resets")
  expect_module("user", info(set_image("factory")))
  expect_explained("The bootloader copied the factory image", "over the user module, as it was asked to")
end)

scenario("missing or corrupt factory image", function(set)
  for _, factory in ipairs{"none", edit(set_image("factory"), {damage = "crc"})} do
    requested(set, {factory = factory})
    expect("user-loop", {within = "3s"})
    expect_equal(resets(), "software", "the resets")
    expect_not_erased(9)
    expect_module("user", info(app("blink")))
  end
  expect_explained("The bootloader refused the factory reset, as it was asked to, and erased nothing.", "cure  Flash an app")
end)
