# import: free
function shout { tr a-z A-Z; }
echo hello | shout
