-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Requests to the bootloader",
  question = "My app called System.dfu() (or System.enterSafeMode()): how does the bootloader know, and how do I get back?",
  cause    = "The word for it stands in backup register DR1: 0xEDFA is DFU, 0x5AFE safe mode. The bootloader takes it out again.",
  cure     = "Press RESET: the request counts once.",
  led      = "blinking yellow (DFU); blinking blue or breathing magenta (safe mode)",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

scenario("0xEDFA: DFU, once", function(set)
  device{ keys = true, user = app("blink"), backup = {[1] = 0xEDFA} }
  power(true)
  expect_never("user-code or reset", function() expect_led("blinking yellow", {within = "2s"}) end)
  expect_equal(backup(1), 0xFFFF, "DR1")
  reset()
  expect("user-code", {within = "1s"})
  expect_explained("because the system had asked for it (0xEDFA in DR1)", "cure  Flash it over USB, or press RESET")
end)

scenario("0x5AFE: safe mode, once", function(set)
  device{ keys = true, user = app("blink"), backup = {[1] = 0x5AFE} }
  power(true)
  expect_never("user-code or reset", function() expect("backup.register=DR1 and backup.value=6", {within = "2s"}) end)
  reset()
  expect("user-code", {within = "1s"})
  expect_explained("a request for safe mode (0x5AFE in DR1)", "The system skipped the user module (safe mode)", "cure  Press RESET")
end)

-- DR1 is in the backup domain, which VBAT keeps; a Photon without anything at VBAT forgets it with the power.
scenario("what power-off leaves of DR1", function(set)
  for _, vbat in ipairs{false, true} do
    device{ keys = true, user = app("blink"), vbat = vbat }
    power(true)
    expect("backup.register=DR1 and backup.value=0xFFFF", {within = "3s"})
    power(false)
    power(true)
    expect("user-loop", {within = "1s"})
    expect_equal(trail("DR1"), vbat and "1 4 5 6 7 8" or "0 4 5 6 7 8", vbat and "DR1 with VBAT" or "DR1 without VBAT")
  end
end)
