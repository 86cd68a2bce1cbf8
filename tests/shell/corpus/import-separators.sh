#!/usr/bin/env bash
set -euo pipefail
IFS=$'\n\t'
sort numbers.txt | uniq | wc -l
