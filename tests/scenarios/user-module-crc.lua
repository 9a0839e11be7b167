-- SPDX-License-Identifier: GPL-2.0-or-later
story{
  name     = "User module with a wrong checksum",
  question = "My app does not start any more and Tinker does not come back either: why no factory reset?",
  cause    = "The module's header is right but its CRC is not (torn write, a flipped bit). The system skips it; the factory image is for a missing header only.",
  cure     = "Flash the app again, or hold SETUP until it blinks green.",
  led      = "blinking blue, or breathing magenta with a network: safe mode",
  sets     = {"0.5.2", "1.5.0", "2.3.1"},
}

local function expect_skipped()
  expect_never("user-code or reset", function() expect("backup.register=DR1 and backup.value=6", {within = "2s"}) end)
  expect_not_erased(9)
end

scenario("one wrong bit, in the checksum or in the body", function(set)
  for _, damage in ipairs{"crc", "body"} do
    device{ keys = true, user = edit(app("blink"), {damage = damage}) }
    expect_equal(info(set_image("factory")).check, "good", "the factory image")
    power(true)
    expect_skipped()
    expect_module("user", {check = "wrong CRC"})
  end
  expect_explained("has a valid header but a wrong CRC", "The system skipped it (safe mode)", "cure  Flash the app again")
end)

scenario("a module that was written half", function(set)
  device{ keys = true, user = "none" }
  local bytes = app("blink").bytes
  flash_write(0x080A0000, bytes:sub(1, #bytes // 2))
  power(true)
  expect_skipped()
  expect_explained("has a valid header but a wrong CRC")
end)

scenario("the checksum that nobody looks at: SHA-256", function(set)
  device{ keys = true, user = edit(app("blink"), {damage = "sha"}) }
  power(true)
  expect("user-code", {within = "200ms"})
end)
