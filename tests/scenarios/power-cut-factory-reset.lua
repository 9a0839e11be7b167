-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Power cut in a factory reset",
  question = "The power failed during the factory reset. What is on my device now: the old app, Tinker, or nothing?",
  cause    = "Where the request is remembered decides: bootloader 7 keeps it in the DCT and repeats; later ones keep it in backup registers, which lose it. Then it depends on how far the copy had come.",
  cure     = "Hold SETUP until it blinks green (6.5 s) once more, or flash the app again.",
  led      = "green if the copy is repeated, otherwise as ever (blinking blue without Wi-Fi)",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

-- A factory reset that was asked for before the power came.
local function asked(set, vbat)
  if set == "0.5.2" then
    device{ keys = true, user = app("blink"), dct = {factory_reset = 0xAAAA} }
  else
    device{ keys = true, user = app("blink"), vbat = vbat,
            backup = {[4] = 0x1ADEACC0, [5] = 0xFFFFFFFF, [6] = 0xFFFFFFFF, [7] = 0xFFFFAAAA, [8] = 0xFFFFFFFF} }
  end
end

local function cut(options)
  options.sector = 9
  power(true)
  power_cut(options)
end

local IN_HEADER_AND_BEHIND = { op = "program", in_flash_op = 100, pattern = "seeded" }

scenario("0.5.2: repeated, wherever it was", {sets = {"0.5.2"}}, function(set)
  asked(set)
  for _, options in ipairs{
    { op = "erase", pattern = "old" },
    { op = "erase", pattern = "seeded" },
    { op = "program", in_flash_op = 1, pattern = "old" },
    IN_HEADER_AND_BEHIND,
  } do
    fork(function()
      cut(options)
      power(true)
      expect_erased(9, {within = "2s"})
      expect("reset=software", {within = "2s"})
      expect_module("user", info(set_image("factory")))
    end)
  end
end)

scenario("1.5.0 and later: what is left of the erase", {sets = {"1.5.0", "2.3.1"}}, function(set)
  asked(set)
  fork(function() -- the old app is whole
    cut{ op = "erase", pattern = "old" }
    power(true)
    expect("user-code", {within = "1s"})
    expect_module("user", info(app("blink")))
    expect_not_erased(9)
  end)
  fork(function() -- no header: the system asks for a factory reset itself
    cut{ op = "erase", pattern = "blank" }
    expect_module("user", "none")
    power(true)
    expect("reset=software", {within = "1s"})
    expect_equal(backup(7) & 0xFFFF, 0xAAAA, "the request")
    expect_erased(9, {within = "2s"})
  end)
end)

scenario("1.5.0 and later: the header was written, and the request is lost", {sets = {"1.5.0", "2.3.1"}}, function(set)
  asked(set)
  cut(IN_HEADER_AND_BEHIND)
  expect_module("user", {check = "wrong CRC"})
  power(true)
  expect_never("user-code or reset", function() expect("backup.register=DR1 and backup.value=5", {within = "2s"}) end)
  expect_not_erased(9)
  expect_explained("A factory reset was cut short", "has a valid header but a wrong CRC", "cure  Flash the app again")
end)

scenario("1.5.0 and later with a battery: repeated", {sets = {"1.5.0", "2.3.1"}}, function(set)
  asked(set, true)
  cut(IN_HEADER_AND_BEHIND)
  power(true)
  expect_erased(9, {within = "2s"})
  expect_resets(2, {within = "3s"}) -- it is done, and the watchdog is got rid of
  expect_module("user", info(set_image("factory")))
  expect_explained("A factory reset was cut short", "The bootloader copied the factory image")
end)
