-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "System parts of different versions",
  question = "I flashed only one of the system parts, or only the bootloader: why is the device dead, or my app silent?",
  cause    = "Part 2 calls part 1 through tables of its own generation, and checks nothing. A part 2 that is newer than part 1 crashes; one that is newer than the bootloader runs no app.",
  cure     = "DFU by the button, then write both parts of one version (part 1 first: a newer part 1 is harmless), and the bootloader that they need.",
  led      = "solid red and no sign of life (1.5.0 over 0.5.2), SOS in red (2.3.1 over older ones), otherwise as ever",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}


local function expect_no_app()
  expect_never("user-code", function() expect("backup.register=DR1 and backup.value=6", {within = "3s"}) end)
  expect_resets(0)
end

-- ---- part 1 and part 2 ----

scenario("part 1 of 0.5.2 under part 2 of 1.5.0: a core locked up, the LED red", {sets = {"1.5.0"}}, function(set)
  for _, bootloader in ipairs{"1.5.0", "0.5.2"} do
    device{ keys = true, bootloader = set_image("bootloader", bootloader), system_part1 = set_image("system_part1", "0.5.2") }
    power(true)
    expect_never("user-code", function() expect("fault=lockup", {within = "500ms"}) end)
    expect_led("solid red", {within = "1s"})
    expect_equal(trail("DR1"), "4", "DR1")
    expect_resets(0)
  end
  expect_explained("but needs system part 1 version", "the processor locked up", "cure  Flash system")
end)

scenario("older part 1 under part 2 of 2.3.1: SOS", {sets = {"2.3.1"}}, function(set)
  for _, older in ipairs{"0.5.2", "1.5.0"} do
    device{ keys = true, system_part1 = set_image("system_part1", older) }
    power(true)
    expect_never("user-code", function() expect("fault=usagefault and fault.taken=hardfault", {within = "500ms"}) end)
    expect_led("blinking red", {within = "1s"})
    expect_equal(trail("DR1"), "4", "DR1")
  end
end)

scenario("newer part 1 under an older part 2: the app runs", {sets = {"0.5.2", "1.5.0"}}, function(set)
  for _, newer in ipairs(set == "0.5.2" and {"1.5.0", "2.3.1"} or {"2.3.1"}) do
    device{ keys = true, system_part1 = set_image("system_part1", newer), user = app("blink") }
    power(true)
    expect("user-loop", {within = "1s"})
    expect_resets(0)
  end
end)

scenario("part 1 of 1.5.0 under part 2 of 0.5.2: the radio gets the new part's firmware", {sets = {"0.5.2"}}, function(set)
  device{ keys = true, system_part1 = set_image("system_part1", "1.5.0") }
  power(true)
  expect_led("blinking blue", {within = "5s"})
  expect_resets(0)
end)

-- ---- the bootloader ----

-- One generation older: system-newer-than-bootloader.lua.
scenario("a bootloader two generations older than part 2: no app", {sets = {"2.3.1"}}, function(set)
  device{ keys = true, bootloader = set_image("bootloader", "0.5.2"), user = app("blink") }
  power(true)
  expect_no_app()
  expect_explained("but needs bootloader version", "The system skipped it (safe mode)", "cure  Flash the bootloader of release")
end)

scenario("a newer bootloader: the app runs", {sets = {"0.5.2", "1.5.0"}}, function(set)
  for _, newer in ipairs(set == "0.5.2" and {"1.5.0", "2.3.1"} or {"2.3.1"}) do
    device{ keys = true, bootloader = set_image("bootloader", newer), user = app("blink") }
    power(true)
    expect("user-loop", {within = "1s"})
    expect_resets(0)
  end
end)

scenario("a newer bootloader with 0.5.2 applies no update", {sets = {"0.5.2"}}, function(set)
  local new = edit(app("hello"), {version = 2})
  local slot = string.pack("<I2BBI4I4I4BBI2", 0xABCD, 0, 0, 0x080C0000, 0x080A0000, #new.bytes, 0x0E, 5, 0xFFFF)
  for _, newer in ipairs{"1.5.0", "2.3.1"} do
    device{ keys = true, bootloader = set_image("bootloader", newer), user = app("blink"), dct = {slot1 = {bytes = slot}} }
    flash_write(0x080C0000, new.bytes)
    power(true)
    expect("user-loop", {within = "1s"})
    expect_not_erased(9)
    expect_equal(dct("slot1"):sub(1, 4), "cdab", "the magic number of slot 1: still pending")
  end
  expect_explained("A pending update was not applied, and is still pending", "cure  Flash a system and a bootloader that go together")
end)

-- Only bootloader 7 clears the start-up mode in the DCT; 0.5.2 takes the 0xFF of one that was never written for safe mode.
scenario("a newer bootloader, 0.5.2, and a DCT without system flags: no app", {sets = {"0.5.2"}}, function(set)
  for _, newer in ipairs{"1.5.0", "2.3.1"} do
    device{ keys = true, bootloader = set_image("bootloader", newer), user = app("blink") }
    dct_set("startup_mode", 0xFF)
    power(true)
    expect_no_app()
  end
  expect_explained("StartupMode is 0xFF", "cure  Flash a system and a bootloader of the same release")
end)

scenario("a newer bootloader, 0.5.2, and the DCT of a newer system: no app, whichever part 1", {sets = {"0.5.2"}}, function(set)
  for _, newer in ipairs{"1.5.0", "2.3.1"} do
    for _, part1 in ipairs{"0.5.2", newer} do
      device{ keys = newer, bootloader = set_image("bootloader", newer), system_part1 = set_image("system_part1", part1),
              user = app("blink") }
      expect_equal(dct("startup_mode"), 0xFF, "the start-up mode in the DCT")
      power(true)
      expect_no_app()
    end
  end
end)
