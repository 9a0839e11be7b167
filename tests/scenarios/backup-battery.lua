-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Flags over a power failure",
  question = "I unplugged it and it went on with what it had been about; another one forgot it. And what does VBAT do?",
  cause    = "System 0.5.2 keeps its flags in the DCT, in flash. Later ones keep them in backup registers, which only VBAT holds without power.",
  cure     = "None needed. RESET instead of unplugging keeps them in any case.",
  led      = "green at once, or only after a second reset",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

-- The app is erased: the system asks for a factory reset, and just then the plug is pulled.
local function unplugged(vbat)
  device{ keys = true, user = "none", vbat = vbat }
  power(true)
  expect("reset=software", {within = "2s"})
  expect_not_erased(9)
  power(false)
end

local function expect_restored()
  expect_module("user", info(set_image("factory")), {within = "3s"})
end

local function expect_remembered()
  power(true)
  expect_erased(9, {within = "2s"})
  expect_resets(0)
  expect_restored()
end

scenario("in the DCT: it goes on with the factory reset", {sets = {"0.5.2"}}, function(set)
  unplugged(false)
  expect_equal(dct("factory_reset"), 0xAAAA, "the request")
  expect_remembered()
end)

scenario("in backup registers without VBAT: lost, and asked for again", {sets = {"1.5.0", "2.3.1"}}, function(set)
  unplugged(false)
  power(true)
  expect("reset=software", {within = "1s"})
  expect_not_erased(9)
  expect_erased(9, {within = "2s"})
  expect_restored()
end)

scenario("in backup registers with VBAT: it goes on", {sets = {"1.5.0", "2.3.1"}}, function(set)
  unplugged(true)
  expect_remembered()
end)

scenario("the health word: 0 after a power failure, kept by VBAT", function(set)
  local HEALTHY = "backup.register=DR1 and backup.value=0xFFFF"
  local MAIN = "backup.register=DR1 and backup.value=5"
  for _, vbat in ipairs{false, true} do
    device{ keys = true, user = app("blink"), vbat = vbat, booted = HEALTHY }
    power(false)
    power(true)
    expect(MAIN, {within = "1s"})
    -- The bootloader makes 1 of 0xFFFF, and leaves 0 alone.
    expect_equal(trail("DR1"), vbat and "1 4 5" or "0 4 5", "DR1")
  end
end)
