-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Power cut while sectors are write-protected",
  question = "System 0.5.2 programs option bytes when it starts for the first time: can a power failure there brick the device?",
  cause    = "It protects sectors 5 to 8 and 0 one by one and looks each time what is missing. Torn option bytes hold some of the bits.",
  cure     = "None needed: the next start does the rest.",
  led      = "as ever",
  sets     = {"0.5.2"},
}

local BARE, PROTECTED = 0x0FFFAAEC, 0x0E1EAAEC -- a protected sector's bit is 0; 0xAA: no read protection
local STEPS = 5

local function expect_protected()
  while option_bytes() ~= PROTECTED do
    expect("flash.op=option and flash.phase=end", {within = "1s"})
  end
end

scenario("the system protects itself when it first starts", function(set)
  device()
  expect_equal(option_bytes(), BARE, "the option bytes as shipped")
  power(true)
  expect_protected()
  expect_equal(count("flash.op=option and flash.phase=end"), STEPS, "times that they were programmed")
  -- Neither RESET nor a power failure loses them, so there is nothing to do at the next start.
  for _, again in ipairs{reset, function() power(false) power(true) end} do
    fork(function()
      again()
      expect("backup.register=DR1 and backup.value=4", {within = "1s"})
      run("20ms")
      expect_equal(option_bytes(), PROTECTED, "the option bytes")
      expect_equal(count("flash.op=option"), 0, "times that they were programmed again")
    end)
  end
end)

scenario("a cut in each of the steps: completed at the next start", function(set)
  device()
  for step = 1, STEPS do
    for _, pattern in ipairs{"old", "blank", "seeded"} do
      fork(function()
        power(true)
        power_cut{ op = "option", in_flash_op = step, pattern = pattern, within = "1s" }
        local torn = option_bytes()
        expect_equal(torn | BARE, BARE, "bits outside the write protection")
        expect_equal(torn & PROTECTED, PROTECTED, "the bits of sectors that nobody protects")
        power(true)
        expect_protected()
        expect_resets(0)
      end)
    end
  end
end)
