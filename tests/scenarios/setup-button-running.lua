-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "SETUP in the running system",
  question = "I pressed SETUP while my app was running: why does it stop and blink blue?",
  cause    = "Held for 3 s the button means listening mode: the app waits while the device offers its own network for set-up.",
  cure     = "Hold SETUP for 3 s again, or press RESET.",
  led      = "blinking blue after 3 s; nothing for a shorter press",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

scenario("3 s: listening mode; 1 s: nothing", function(set)
  device{ keys = true, user = app("blink") }
  power(true)
  expect("user-loop", {within = "2s"})
  run("100ms")
  fork(function()
    hold("setup", "1s")
    expect("user-loop", {within = "600ms"})
    expect_never("wifi", "300ms")
  end)
  press("setup")
  expect_led("blinking blue", {within = "8s"})
  release("setup")
  expect_resets(0)
  expect_explained("because SETUP was held for 3 s")
end)
