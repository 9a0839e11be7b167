-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "LED stands still while flash is erased",
  question = "During the factory reset the LED did not blink for a second: has the Photon hung?",
  cause    = "While the chip erases a sector it can read no instruction from flash: interrupts wait too, and with them the blinking.",
  cure     = "None needed: wait; a sector of 128 KB takes about one second.",
  led      = "as it was (solid or off) during the erase, then blinking green",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

scenario("nothing blinks between the beginning and the end of the erase", function(set)
  local options = {keys = true}
  if set == "0.5.2" then
    options.dct = {factory_reset = 0xAAAA}
  else
    options.backup = {[4] = 0x1ADEACC0, [5] = 0xFFFFFFFF, [6] = 0xFFFFFFFF, [7] = 0xFFFFAAAA, [8] = 0xFFFFFFFF, [9] = 0xFFFFFFFF}
  end
  device(options)
  power(true)
  local began = expect("flash.op=erase and flash.sector=9 and flash.phase=begin", {within = "1s"})
  local ended = expect("flash.op=erase and flash.sector=9 and flash.phase=end", {within = "2s"})
  expect_equal(ended - began > 0.9, true, "whether the erase took a second")
  run("120ms")
  local during, after = 0, 0
  for _, event in ipairs(events("light.name=rgb")) do
    if event.t > began + 0.011 and event.t < ended then -- a period of the PWM is 10 ms
      during = during + 1
    elseif event.t >= ended then
      after = after + 1
    end
  end
  expect_equal(during, 0, "how often the LED changed during the erase")
  expect_equal(after > 0, true, "whether it blinks afterwards")
end)
