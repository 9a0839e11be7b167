-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Power cut while settings are written",
  question = "The power failed while the device was saving its settings: are my keys and my Wi-Fi networks gone?",
  cause    = "A write goes to the other of two copies; only when that one is whole the old one is given up, by clearing bits. One of them is always good.",
  cure     = "None needed. At worst the last change is lost.",
  led      = "as ever",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

local WRONG = ("00"):rep(20)
local CONDITION = "backup.register=DR1 and backup.value=5" -- main: keys are there, or it would have come to a reset

-- The system writes slot 0, that of the factory image, when it starts and finds it different. These zeroes cannot be programmed
-- over: a new copy is needed.
local function ready()
  device{ keys = true, user = app("blink"), dct = {slot0 = {bytes = ("\0"):rep(20)}, wifi = "ssid=home,psk=secret12"} }
end

local right, key, wifi

local function expect_whole()
  expect_equal(dct("private_key"), key, "the private key")
  expect_equal(dct("wifi"), wifi, "the stored networks")
end

local function check(options)
  fork(function()
    power(true)
    power_cut(options)
    local found = dct("slot0")
    if found ~= WRONG and found ~= right then
      fail("slot 0 is neither old nor new: " .. tostring(found))
    end
    expect_whole()
    power(true)
    expect("user-code", {within = "1s"})
    expect(CONDITION, {within = "1s"})
    expect_resets(0)
    expect_equal(dct("slot0"), right, "slot 0")
    expect_whole()
  end)
end

scenario("at any place: the old settings or the new", function(set)
  ready()
  local total
  key, wifi = dct("private_key"), dct("wifi")
  fork(function() -- without a cut
    power(true)
    expect(CONDITION, {within = "2s"})
    right = dct("slot0")
    total = count("flash.op=program and flash.phase=begin")
    expect_equal(right ~= WRONG, true, "whether the system corrected slot 0")
  end)
  for _, pattern in ipairs{"old", "blank", "seeded"} do
    check{ op = "erase", pattern = pattern }
  end
  check{ op = "program", in_flash_op = total // 2, pattern = "seeded" }
  -- The last bytes programmed clear the marks that say which copy is the current one, and that it is complete.
  for n = total - 2, total do
    check{ op = "program", in_flash_op = n, pattern = "old" }
  end
  check{ op = "program", in_flash_op = total, pattern = "blank" }
end)
