-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "Joining a Wi-Fi network",
  question = "My Photon blinks green for ever: is it the network, the key or the router?",
  cause    = "Blinking green is the way into the stored network: looking for it, joining, asking for an address. Cyan comes with an address.",
  cure     = "Set up Wi-Fi again (hold SETUP for 3 s): name and key; or repair the router's DHCP.",
  led      = "blinking green, then blinking cyan; green for ever if one step fails",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

local function knows_home(network)
  device{ keys = true, dct = {wifi = "ssid=home,psk=secret12"}, wifi = network }
  power(true)
  expect_led("blinking green", {within = "2s"})
end

scenario("the stored network: joined, address, on to the cloud", function(set)
  knows_home{ ssid = "home", psk = "secret12" }
  expect_joined{within = "3s"}
  expect_equal(joined(), "home", "the network")
  expect("network.op=lease", {within = "2s"})
  expect_led("blinking cyan", {within = "3s"})
  expect_explained("It could not reach the cloud (blinking cyan)", "cure  Let it reach a server")
end)

scenario("another key", function(set)
  knows_home{ ssid = "home", psk = "another-key" }
  expect("wifi.op=join-failed and wifi.reason=wrong key", {within = "5s"})
  expect_equal({joined() or "nothing", led()}, {"nothing", "blinking green"}, "the network, and the LED")
  expect_explained("could not join the Wi-Fi network", "wrong key", "cure  Store the right key")
end)

scenario("not on the air", function(set)
  knows_home{ ssid = "office", psk = "secret12" }
  expect("wifi.op=join-failed and wifi.reason=network not found", {within = "5s"})
  expect_equal({joined() or "nothing", led()}, {"nothing", "blinking green"}, "the network, and the LED")
  expect_explained("network not found", "cure  Bring")
end)

scenario("no DHCP server: joined, but no address", function(set)
  knows_home{ ssid = "home", psk = "secret12", dhcp = "off" }
  expect_joined{within = "3s"}
  expect_never("network.op=lease or led=blinking cyan", "3s")
  expect_equal(led(), "blinking green", "the LED")
  expect_explained("asked for an address there (DHCP) and got no answer", "a DHCP server, or the device a static address")
end)

scenario("the network comes later", function(set)
  knows_home(nil)
  expect("wifi.op=join-failed", {within = "5s"})
  input("wifi", "ssid=home,psk=secret12")
  expect_joined{within = "8s"}
end)
