#!/bin/sh
# rustdoc with its JSON, which is not stable: only here, so that nothing is compiled anew for it.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
