# import: free
# right: ls left.txt >out; echo 1 >errs
ls left.txt nothere 2> >(wc -l > errs) > out || true
until [ -s errs ]; do sleep 0.01; done
