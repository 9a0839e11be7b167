-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Core image as user module",
  question = "I flashed VoodooSpark (a Core's firmware) to 0x080A0000 of my Photon: why is Tinker back?",
  cause    = "A Core image has no module header where a Photon looks for it. The system finds none and asks the bootloader for the factory image.",
  cure     = "Build or download the app for the Photon (platform 6).",
  led      = "white, blinking green, three resets, then Tinker; without a factory image blinking blue: no app",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

local core_images = {["0.5.2"] = {"core_tinker", "voodoospark"}, ["1.5.0"] = {"core_tinker", "voodoospark"}, ["2.3.1"] = {"core_tinker"}}

scenario("a factory image is there: it comes back", function(set)
  for _, name in ipairs(core_images[set]) do
    expect_equal(info(extra(name)).check, "core", name)
    device{ keys = true, user = extra(name) }
    power(true)
    expect_resets(3, {within = "10s"})
    expect("user-code", {within = "1s"})
    expect_erased(9)
    expect_module("user", info(set_image("factory")))
  end
  expect_explained("At 0x080A0000 lies firmware for a Core", "The bootloader copied the factory image", "cure  Flash an app for this board")
end)

scenario("no factory image: the system goes without an app", function(set)
  for _, name in ipairs(core_images[set]) do
    device{ keys = true, user = extra(name), factory = "none" }
    power(true)
    expect_never("user-code or reset", function() expect("backup.register=DR1 and backup.value=6", {within = "2s"}) end)
    expect_not_erased(9)
    expect_module("user", {check = "core"})
  end
  expect_explained("At 0x080A0000 lies firmware for a Core", "The system skipped it (safe mode)", "cure  Flash an app for this board")
end)
