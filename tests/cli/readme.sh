#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The README's table of stories is the one that the stories make.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

(cd "$SOURCE_DIR" && "$PHOTON_EMU" test --list --markdown tests/scenarios) >table || wrong "the stories cannot be listed"
sed -n '/^<!-- stories -->$/,/^<!-- end of stories -->$/p' "$SOURCE_DIR/README.md" | sed '1d;$d' >readme
diff table readme >differences || wrong "README.md has another table of stories: $(head -n 4 differences)"
finish
