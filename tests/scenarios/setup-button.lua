-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "SETUP held at power-up",
  question = "How long do I have to hold SETUP, and what does each colour mean?",
  cause    = "The bootloader looks at the button before it starts anything else: the time decides what it does on release.",
  cure     = "Let go while it blinks yellow for DFU; that works whatever is wrong with the system.",
  led      = "blinking magenta (1 s), blinking yellow (3 s), blinking green (6.5 s), blinking white (10 s)",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

-- One press, and at each threshold a fork in which it ends; green and white are in factory-reset-by-button.lua.
scenario("released before, in magenta and in yellow", function(set)
  device{ keys = true, user = app("blink") }
  press("setup")
  power(true)
  run("600ms")
  fork(function() -- nothing was asked for
    release("setup")
    expect("user-code", {within = "1s"})
  end)
  local magenta = expect_led("blinking magenta", {within = "1s"})
  fork(function() -- safe mode
    release("setup")
    expect_never("user-code", function() expect("backup.register=DR1 and backup.value=6", {within = "3s"}) end)
    expect_resets(0)
  end)
  local yellow = expect_led("blinking yellow", {within = "3s"})
  expect_equal({magenta > 1.0, yellow > 3.0}, {true, true}, "whether the colours came after 1 s and 3 s")
  release("setup") -- DFU, and it stays
  expect_never("reset or user-code", "2s")
  expect_led("blinking yellow")
  expect_resets(0)
  expect_not_erased(9)
  expect_explained("SETUP was held for 3.3 s from the start on: the bootloader went into DFU mode")
end)
