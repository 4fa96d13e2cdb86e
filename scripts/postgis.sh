#!/bin/sh
# Give the tests of the register a PostgreSQL with PostGIS: installed where this is root on Debian, asked for elsewhere.
for folder in /usr/lib/postgresql/*/bin; do
    [ -x "$folder/initdb" ] && [ -f "$("$folder/pg_config" --sharedir 2>/dev/null)/extension/postgis.control" ] && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing PostgreSQL with PostGIS for the tests of the register"
    install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends postgresql postgresql-postgis; }
    { install || { apt-get update -q && install; }; } >/dev/null 2>&1 && exit 0
fi
echo "No PostGIS: those tests will be skipped; install the packages postgresql and postgresql-postgis"
exit 0
