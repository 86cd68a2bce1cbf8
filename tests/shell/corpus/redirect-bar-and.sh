sh -c 'echo out; echo err >&2' |& sort -r
