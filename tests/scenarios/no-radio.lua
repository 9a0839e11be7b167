-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "A board without a working radio",
  question = "SOS with one blink after a second, and again after every reset, whatever I flash: is it my app?",
  cause    = "The radio does not answer. The system goes on reading the radio's firmware for it and runs over the end of flash: bus fault at 0x08100000.",
  cure     = "It is the hardware: see to the module and its supply. An app in manual mode runs, DFU works.",
  led      = "white, then SOS in red, a reset, and again",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

scenario("automatic mode: bus fault at the end of flash, SOS", function(set)
  device{ keys = true, wifi_absent = true }
  power(true)
  expect("fault=busfault and fault.cause=PRECISERR and fault.address=0x08100000 and fault.taken=hardfault", {within = "3s"})
  expect_led("blinking red", {within = "1s"})
  expect_resets(0)
  expect_explained("switched the radio on, and none answered", "cure  Give the device its radio")
end)

scenario("RESET does not help", {sets = {"2.3.1"}}, function(set)
  device{ keys = true, wifi_absent = true, booted = "fault=busfault" }
  reset() -- as the system does by itself after 10 s of SOS, see crashing-app.lua
  expect("fault=busfault and fault.address=0x08100000", {within = "3s"})
end)

scenario("manual mode: the app runs", function(set)
  device{ keys = true, wifi_absent = true, user = app("blink") }
  power(true)
  expect_pin("D7", "high", {within = "2s"})
  expect_pin("D7", "low", {within = "1s"})
  expect_resets(0)
end)
