#!/usr/bin/env bash
# Packs VirtLock.Core and the virtlockd tool into artifacts/packages, then proves them as a stranger would use them: what is inside,
# restored from a local feed, run, trimmed, compiled ahead of time, installed as a tool.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 CI=true

packages=$PWD/artifacts/packages
work=$PWD/artifacts/consumer

say() { printf '%s\n' "pack.sh: $*" >&2; }
fail() { say "$*"; exit 1; }

rm -rf "$packages" "$work"
mkdir -p "$work"
for project in VirtLock.Core VirtLock.Daemon; do
  dotnet pack "src/$project" -c Release -v quiet
done

core=$(ls "$packages"/VirtLock.Core.*.nupkg)

# require PACKAGE ENTRY : grep reads to the end (no -q), or unzip would die of a closed pipe and the check with it.
require() { unzip -Z1 "$1" | grep -x "$2" >/dev/null || fail "$(basename "$1") lacks $2"; }

for entry in README.md icon.png lib/net10.0/VirtLock.Core.dll lib/net10.0/VirtLock.Core.xml; do
  require "$core" "$entry"
done
require "${core%.nupkg}.snupkg" lib/net10.0/VirtLock.Core.pdb
require "$(ls "$packages"/virtlockd.*.nupkg)" tools/net10.0/any/DotnetToolSettings.xml
# Only a remote with a public address can be linked to; a clone of a local path can't.
if git remote get-url origin 2>/dev/null | grep '://' >/dev/null; then
  unzip -p "${core%.nupkg}.snupkg" lib/net10.0/VirtLock.Core.pdb | grep -a '"documents":{' >/dev/null \
    || fail "the symbols carry no SourceLink"
else
  say "this clone has no public origin, so the symbols carry no SourceLink"
fi

# Packages of its own: the cache may hold an older build of the same version.
consumer=(-c Release -v quiet --artifacts-path "$work/build" "-p:RestorePackagesPath=$work/packages"
  "-p:RestoreFallbackFolders=${NUGET_PACKAGES:-$HOME/.nuget/packages}")
rm -rf "${NUGET_PACKAGES:-$HOME/.nuget/packages}/virtlock.core"

say "running the consumer"
dotnet build nuget/consumer "${consumer[@]}"
"$work"/build/bin/consumer/release/consumer
# What an embedder ships is ours and Microsoft's managed code, nothing native.
if find "$work/build/bin" -name '*Mono*' -o -name '*.so' | grep .; then fail "the consumer's output has what it does not need"; fi

say "running the consumer trimmed"
dotnet publish nuget/consumer "${consumer[@]}" -r linux-x64 --self-contained -p:PublishTrimmed=true -p:PublishSingleFile=true \
  -o "$work/trimmed"
"$work"/trimmed/consumer

if command -v gcc >/dev/null || command -v clang >/dev/null; then
  say "running the consumer as a native executable"
  dotnet publish nuget/consumer "${consumer[@]}" -r linux-x64 -p:PublishAot=true -o "$work/native"
  "$work"/native/consumer
else
  say "no C linker here: the native consumer is skipped"
fi

say "installing the tool"
dotnet tool install virtlockd --tool-path "$work/tools" --configfile nuget/consumer/nuget.config --prerelease >"$work/tool.log" 2>&1 \
  || { cat "$work/tool.log" >&2; fail "the tool can't be installed"; }
"$work"/tools/virtlockd --version

say "packed into $packages:"
ls -l "$packages" | awk 'NR > 1 { print $5, $9 }'
