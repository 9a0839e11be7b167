-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "First start of a blank device",
  question = "After I had everything erased and flashed anew it stayed white for seconds and restarted by itself: is it broken?",
  cause    = "It makes itself an RSA key, which takes as long as chance will have it, stores it in the DCT, and resets. It does so once.",
  cure     = "Wait. Store the public key in the cloud (particle keys send).",
  led      = "white (solid or blinking), a reset, blinking blue",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

scenario("keys, a reset, and then listening mode", function(set)
  device{ seed = 7 } -- finds its key soon
  expect_equal(dct("private_key"), nil, "the private key")
  power(true)
  expect_never("user-loop", function()
    expect_led("blinking white", {within = "5s"})
    expect("reset=software", {within = "10s"})
  end)
  local key = dct("private_key")
  expect_equal(dct("slot0"):sub(1, 4), "ac0f", "the magic number of slot 0")
  mark()
  expect("wifi.op=softap-up", {within = "5s"}) -- listening mode
  expect("light.name=rgb and light.r=0 and light.g=0 and light.b=255", {within = "1s"})
  expect_resets(0)
  expect_equal(dct("private_key"), key, "the private key")
  expect_not_erased(5, 6, 7, 8, 9, 10, 11)
  expect_explained("The device had no keys: the system made a pair", "because no Wi-Fi network is stored in it", "cure  To bring it online, store a Wi-Fi network")
end)
