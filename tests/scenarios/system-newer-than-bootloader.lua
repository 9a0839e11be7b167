-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "System newer than the bootloader",
  question = "I flashed both new system parts over USB and now no app runs any more: what is missing?",
  cause    = "System part 2 needs a newer bootloader (its second dependency). It starts, but does not run user code.",
  cure     = "Update the bootloader too: particle update, or the bootloader image over the air.",
  led      = "blinking blue, or breathing magenta with a network; listening mode works",
  sets     = {"1.5.0", "2.3.1"},
}

local older = {["1.5.0"] = "0.5.2", ["2.3.1"] = "1.5.0"}

scenario("new parts, old bootloader: user code off, the rest works", function(set)
  local bootloader = set_image("bootloader", older[set])
  local needed = info(set_image("system_part2")).dependencies[2]
  expect_equal({needed.function_number, needed.index}, {2, 0}, "the kind of the second dependency")
  expect_equal(info(bootloader).version < needed.version, true, "whether the bootloader is too old")
  device{ keys = true, bootloader = bootloader, user = app("blink") }
  power(true)
  expect_never("user-code or reset or fault", function() expect_led("blinking blue", {within = "5s"}) end)
  expect_explained("but needs bootloader version", "The system skipped it (safe mode)", "cure  Flash the bootloader of release")
end)

scenario("cured by the bootloader", function(set)
  device{ keys = true, bootloader = set_image("bootloader", older[set]), user = app("blink") }
  power(true)
  expect_never("user-code", function() expect("backup.register=DR1 and backup.value=6", {within = "2s"}) end)
  power(false)
  flash_erase(0)
  flash_write(0x08000000, set_image("bootloader").bytes)
  power(true)
  expect("user-code", {within = "1s"})
  expect_explained("but needs bootloader version", "The system started the user module")
end)
