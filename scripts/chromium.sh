#!/bin/sh
# Give the browser tests a Chromium: installed where this is root on Debian, asked for in one line elsewhere.
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
[ -n "${ARTOIS_CHROMIUM:-}" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium for the browser tests"
    { apt-get install -y -q chromium || { apt-get update -q && apt-get install -y -q chromium; }; } >/dev/null && exit 0
fi
echo "No Chromium: the browser tests will be skipped; install the package chromium or set ARTOIS_CHROMIUM"
