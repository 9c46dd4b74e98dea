#!/usr/bin/env bash
# One entry for people and machines; `./build.sh` alone says what it can do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

usage() {
  cat <<'USAGE'
usage: ./build.sh COMMAND [ARGUMENT...]

  run [ARGUMENT...]           build the daemon and serve in the foreground; arguments go to virtlockd (see `run --help`)
  test [ARGUMENT...]          publish the daemon, build everything, run every test project; arguments go to `dotnet test`
  publish [--ready-to-run]    the daemon as a native executable, in artifacts/publish; with --ready-to-run as a self-contained
                              single file, which needs no C linker
  bench [upgrade|micro] [ARGUMENT...]
                              measure beside libvirt's daemon, SIGUSR1 beside libvirt's, or single parts in process; arguments go to
                              the benchmarks (see `bench --help`)
  soak upgrade                500 live upgrades in a row under load
  pack                        the NuGet packages, in artifacts/packages, and a consumer that uses them
  format [--check]            put the sources into shape; with --check only say what is not, lines over 140 columns included
  mutate [ROOM...]            change the library's Locking, Sessions, Protocol and Drivers (or only ROOM) in a thousand small ways,
                              and see which the tests notice; takes an hour
  fuzz [COUNT]                COUNT mutated inputs (1000000) for all that reads packets, files, documents and arguments; VIRTLOCK_FUZZ_SEED
                              in the environment repeats a run
USAGE
}

say() { printf '%s\n' "build.sh: $*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" -eq 0 ]; }

# install_missing PACKAGE... : a fresh machine has no package lists, so they come first.
install_missing() {
  [ $# -gt 0 ] || return 0
  if ! is_root || ! has apt-get; then
    say "missing here: $* (needs root and apt-get to install; what depends on it is skipped)"
    return 0
  fi
  say "installing $*"
  export DEBIAN_FRONTEND=noninteractive
  if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >artifacts/apt.log 2>&1; then
    tail -n 20 artifacts/apt.log >&2
    say "could not install $*; what depends on it is skipped"
  fi
}

# A native executable needs a C compiler driver to link with, and the C library's start files.
has_linker() { { has clang || has gcc; } && { [ -e /usr/lib/x86_64-linux-gnu/crt1.o ] || [ -e /usr/lib64/crt1.o ]; }; }

install_linker() {
  has_linker || install_missing gcc libc6-dev
  has_linker
}

install_peers() {
  local missing=()
  { [ -x /usr/sbin/libvirtd ] && [ -x /usr/sbin/virtlockd ]; } || missing+=(libvirt-daemon-system)
  has virsh || missing+=(libvirt-clients)
  has qemu-system-x86_64 || missing+=(qemu-system-x86)
  has gcc || missing+=(gcc)
  [ -e /usr/include/stdio.h ] || missing+=(libc6-dev)
  { has unshare && has nsenter && has setpriv && has prlimit; } || missing+=(util-linux)
  install_missing "${missing[@]}"
}

publish() {
  local out=artifacts/publish
  rm -rf "$out"
  local properties=(-p:PublishAot=true -p:DebugType=none -p:StripSymbols=true)
  if [ "${1-}" = --ready-to-run ]; then
    properties=(--self-contained true -p:PublishSingleFile=true -p:PublishReadyToRun=true -p:PublishTrimmed=true -p:DebugType=none)
  elif ! install_linker; then
    say "a native executable needs a C linker: install gcc and libc6-dev, or use \`./build.sh publish --ready-to-run\`"
    return 1
  fi

  dotnet publish src/VirtLock.Daemon -c Release -r linux-x64 -o "$out" -v quiet "${properties[@]}"
  say "published $out/virtlockd ($(du -h "$out/virtlockd" | cut -f1))"
}

run() {
  dotnet build src/VirtLock.Daemon -c Release -v quiet >&2
  [ $# -gt 0 ] || say "starting virtlockd in the foreground; Ctrl-C ends it"
  exec src/VirtLock.Daemon/bin/Release/net10.0/virtlockd "$@"
}

# counter FILE NAME : a number from the summary of a test result file.
counter() { sed -n "s/.*<Counters [^>]*\b$2=\"\([0-9]*\)\".*/\1/p" "$1"; }

test_all() {
  local results=artifacts/test-results passed=0 failed=0 skipped=0 broken=() project name code trx total executed
  rm -rf "$results" && mkdir -p "$results"
  is_root && install_peers
  if install_linker; then publish; else publish --ready-to-run; fi
  dotnet build VirtLock.sln -c Release -v quiet

  for project in tests/*.Tests; do
    name=$(basename "$project")
    say "testing $name"
    code=0
    VIRTLOCKD="$PWD/artifacts/publish/virtlockd" dotnet test "$project" -c Release --no-build --results-directory "$results" \
      --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=normal" --blame-hang-timeout 8m --blame-hang-dump-type none \
      "$@" >"$results/$name.log" 2>&1 || code=$?
    trx="$results/$name.trx"
    if [ ! -e "$trx" ]; then
      if [ "$code" -ne 0 ]; then broken+=("$name"); cat "$results/$name.log" >&2; else say "$name has no tests"; fi
      continue
    fi

    total=$(counter "$trx" total) executed=$(counter "$trx" executed)
    passed=$((passed + $(counter "$trx" passed)))
    failed=$((failed + $(counter "$trx" failed)))
    skipped=$((skipped + total - executed))
    # What failed, and what was skipped for which reason; stack frames of the test framework itself help nobody.
    awk '/^ +(Failed|Skipped) /{show=1} /^ +Passed /{show=0} /^(Test Run|Total tests|Results File)/{show=0} show' "$results/$name.log" \
      | grep -vE '^ +at (System|NUnit|InvokeStub)' >&2 || true
    if [ "$code" -ne 0 ] && [ "$(counter "$trx" failed)" -eq 0 ]; then
      broken+=("$name")
      tail -n 30 "$results/$name.log" >&2
    fi
  done

  [ ${#broken[@]} -eq 0 ] || say "the test host broke down in: ${broken[*]}"
  printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" -eq 0 ] && [ ${#broken[@]} -eq 0 ]
}

benchmarks() { dotnet run -c Release --project benchmarks/VirtLock.Benchmarks -- "$@"; }

bench() {
  local what=end-to-end
  case "${1-}" in upgrade|micro) what=$1; shift ;; esac
  is_root && install_peers
  if [ "$what" = micro ]; then benchmarks micro "$@"; return; fi
  publish
  VIRTLOCKD="$PWD/artifacts/publish/virtlockd" benchmarks "$what" "$@"
}

soak() {
  [ "${1-}" = upgrade ] || { usage >&2; return 64; }
  is_root && install_peers
  publish
  VIRTLOCK_SOAK=1 VIRTLOCKD="$PWD/artifacts/publish/virtlockd" dotnet test tests/VirtLock.Interop.Tests -c Release \
    --filter "FullyQualifiedName~EnduranceTests" --logger "console;verbosity=detailed"
}

# The two that are fast and the same on every machine. The rest of `dotnet format` runs analyzers without what suppresses them.
format() {
  local check=() code=0
  [ "${1-}" != --check ] || check=(--verify-no-changes)
  dotnet restore VirtLock.sln -v quiet
  dotnet format whitespace VirtLock.sln --no-restore "${check[@]}" || code=1
  dotnet format style VirtLock.sln --no-restore --severity warn "${check[@]}" || code=1
  local folders=(src tests benchmarks nuget build.sh)
  if LC_ALL=C.UTF-8 grep -rnE --include=*.cs --include=*.sh --include=*.c --include=*.h --exclude-dir=bin --exclude-dir=obj '.{141,}' \
    "${folders[@]}"; then
    say "these lines are longer than 140 columns"
    code=1
  fi
  return $code
}

mutate() {
  [ $# -gt 0 ] || set -- Locking Sessions Protocol Drivers
  local room out=$PWD/artifacts/mutation
  dotnet tool restore >/dev/null
  for room in "$@"; do
    say "mutating $room"
    (cd tests/VirtLock.Core.Tests && nice -n 19 dotnet stryker --project VirtLock.Core.csproj --configuration Release --skip-version-check \
      --mutate "**/$room/*.cs" --reporter progress --reporter cleartext --reporter json --reporter html --output "$out/$room")
  done
}

fuzz() {
  VIRTLOCK_FUZZ=${1:-1000000} dotnet test tests/VirtLock.Daemon.Tests -c Release --filter "FullyQualifiedName~.Fuzzing." \
    --logger "console;verbosity=detailed"
}

pack() {
  has unzip || install_missing unzip
  install_linker || say "no C linker: the native consumer is skipped"
  nuget/pack.sh
}

mkdir -p artifacts
command=${1-}
[ $# -eq 0 ] || shift
case "$command" in
  run) run "$@" ;;
  test) test_all "$@" ;;
  publish) publish "$@" ;;
  bench) bench "$@" ;;
  soak) soak "$@" ;;
  pack) pack ;;
  format) format "$@" ;;
  mutate) mutate "$@" ;;
  fuzz) fuzz "$@" ;;
  *) usage >&2; exit 64 ;;
esac
