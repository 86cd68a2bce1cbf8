#!/bin/bash
#
# usage: this FILE
#
set -eu

readonly dict="dict.txt"
input="${1:-text.txt}"

tr -cs '[:alpha:]' '\n' <"$input" |
    tr '[:upper:]' '[:lower:]' |
    sort -u |
    comm -23 - "$dict"
