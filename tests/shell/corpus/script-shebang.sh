#!/bin/bash
# counts lines
set -e
cat text.txt | wc -l
