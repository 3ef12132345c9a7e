#!/usr/bin/env bash
# Each import of a changed talk into khal leaves copies of it in the calendar's folder.
#
# A family opens the file of a talk, and opens it again after the talk has moved: the same UID with a
# higher SEQUENCE. khal shows the talk once, at its new time. In the folder of the calendar (a vdir,
# one item a file) two more files lie beside it after each such import, whole items under the name of
# the talk with some letters behind ".ics". Nothing shows them and nothing takes them away, so an
# appointment that was moved or deleted is still there to read, and is copied with the folder.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install khal==0.14.1
export XDG_DATA_HOME="$folder/data" XDG_CACHE_HOME="$folder/cache"
mkdir "$folder/talks"
cat >"$folder/khal.conf" <<CONF
[calendars]
[[talks]]
path = $folder/talks
[locale]
local_timezone = Europe/Amsterdam
default_timezone = Europe/Amsterdam
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
CONF
khal() { "$folder/venv/bin/khal" -c "$folder/khal.conf" "$@"; }

khal --version
counts=""
for time in 0 1 2; do
  printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:-//Example//EN BEGIN:VEVENT UID:talk \
    "SEQUENCE:$time" "DTSTAMP:20270101T00000${time}Z" "DTSTART:20270209T18${time}000Z" \
    "DTEND:20270209T19${time}000Z" "SUMMARY:Gesprek $time" END:VEVENT END:VCALENDAR >"$folder/talk.ics"
  khal import --batch -a talks "$folder/talk.ics"
  count=$(find "$folder/talks" -type f | wc -l)
  echo "after import $time: $count files"
  counts="$counts $count"
done
khal list 2027-02-09 1d
old=$(grep -l "SUMMARY:Gesprek [01]" "$folder"/talks/* | wc -l)
echo "files that still hold a former time: $old"
[ "$counts" = " 1 3 5" ] && [ "$old" -gt 0 ] || { echo "this has changed"; exit 1; }
# Seen with Python 3.11:
#   khal, version 0.14.1
#   after import 0: 1 files
#   after import 1: 3 files
#   after import 2: 5 files
#   Tuesday, 2027-02-09
#   19:20-20:20 Gesprek 2
#   files that still hold a former time: 2
