#!/usr/bin/env bash
# Packs VirtLock.Core and the virtlockd tool into artifacts/packages, then proves them as a stranger would use them: what is inside, restored from a
# local feed, run, trimmed, compiled ahead of time, installed as a tool.
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
for entry in README.md icon.png lib/net10.0/VirtLock.Core.dll lib/net10.0/VirtLock.Core.xml; do
  unzip -l "$core" | grep -q " $entry\$" || fail "$(basename "$core") lacks $entry"
done
unzip -l "${core%.nupkg}.snupkg" | grep -q ' lib/net10.0/VirtLock.Core.pdb$' || fail "the symbols are missing"
unzip -l "$packages"/virtlockd.*.nupkg | grep -q ' tools/net10.0/any/DotnetToolSettings.xml$' || fail "virtlockd is no tool package"
if git remote get-url origin >/dev/null 2>&1; then
  unzip -p "${core%.nupkg}.snupkg" lib/net10.0/VirtLock.Core.pdb | grep -qa '"documents":{' || fail "the symbols carry no SourceLink"
else
  say "this clone has no origin, so the symbols carry no SourceLink"
fi

# Packages of its own: the cache may hold an older build of the same version.
consumer=(-c Release -v quiet --artifacts-path "$work/build" "-p:RestorePackagesPath=$work/packages"
  "-p:RestoreFallbackFolders=${NUGET_PACKAGES:-$HOME/.nuget/packages}")
rm -rf "${NUGET_PACKAGES:-$HOME/.nuget/packages}/virtlock.core"

say "running the consumer"
dotnet build nuget/consumer "${consumer[@]}"
"$work"/build/bin/consumer/release/consumer

say "running the consumer trimmed"
dotnet publish nuget/consumer "${consumer[@]}" -r linux-x64 --self-contained -p:PublishTrimmed=true -p:PublishSingleFile=true -o "$work/trimmed"
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
