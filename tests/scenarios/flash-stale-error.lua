-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Stale flash error",
  question = "My app writes to flash itself: the word is there, but my driver says that programming failed. Why?",
  cause    = "An earlier store into flash without programming mode set an error flag (PGSERR). The flag stays until it is cleared; operations go on all the same.",
  cure     = "Clear the error flags before each operation, as the system's own drivers do.",
  led      = "nothing is shown",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

scenario("good word, bad report, until the flag is cleared", function(set)
  device{ keys = true, user = app("flash-stale-error") }
  power(true)
  -- 80 is PGSERR; 40 is PGPERR: no width was chosen either.
  expect('uart=stored: failed (c0), there is ffffffff ffffffff', {within = "3s"})
  expect('uart=programmed: failed (c0), there is 22222222 ffffffff', {within = "1s"})
  expect('uart=EEPROM 5a', {within = "2s"}) -- the system has cleared it
  expect('uart=programmed again: good (00), there is 22222222 33333333', {within = "1s"})
  expect_equal({string.unpack("<I4I4", flash(0x080C0000, 8))}, {0x22222222, 0x33333333, 9}, "the words in flash")
  expect_equal({count("fault"), count("reset")}, {0, 0}, "numbers of faults and resets")
end)
