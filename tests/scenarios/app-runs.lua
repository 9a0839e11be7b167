-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "The app runs",
  question = "The flashing went well and the LED does not say what I expected: is my app running?",
  cause    = "The module's header, checksum and dependency are right, so the system starts it. In automatic mode setup() waits for the cloud.",
  cure     = "None needed: connect the device, or build the app in manual mode if it shall run without a network.",
  led      = "white, then what the system mode says: nothing (manual), blinking blue (no network known)",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

scenario("our app in manual mode: constructors, setup and loop", function(set)
  device{ keys = true, user = app("blink") }
  power(true)
  expect("user-code", {within = "200ms"})
  expect("user-loop", {within = "1s"})
  expect_pin("D7", "high", {within = "1s"})
  expect_pin("D7", "low", {within = "1s"})
  expect_equal(backup(1) >= 8, true, "whether DR1 says that loop() runs")
  expect_resets(0)
  expect_not_erased(5, 6, 7, 8, 9, 10, 11)
  expect_explained("The system started the user module", "setup() and loop() ran")
end)

scenario("Tinker in automatic mode: constructors at once, setup and loop not without the cloud", function(set)
  device{ keys = true }
  power(true)
  expect_never("user-loop", function()
    expect("user-code", {within = "200ms"})
    expect("backup.register=DR1 and backup.value=0xFFFF", {within = "3s"})
  end)
  expect_resets(0)
  expect_explained("Its setup() and loop() wait for the cloud (automatic mode).")
end)

scenario("the Doctor: its loop runs without a network", {sets = {"1.5.0", "2.3.1"}}, function(set)
  device{ keys = true, user = extra("photon_doctor") }
  power(true)
  expect("user-loop", {within = "3s"})
  expect_resets(0)
end)

scenario("an app for an older system goes on running", function(set)
  local part2 = info(set_image("system_part2")).version
  for _, needs in ipairs{1, 6, 17, 108, 207, 1502, 2302} do
    if needs <= part2 then
      device{ keys = true, user = app("blink-needs-" .. needs) }
      power(true)
      expect("user-code", {within = "200ms"})
    end
  end
end)
