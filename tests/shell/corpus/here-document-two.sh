# import: free
paste <(cat <<A) <(cat <<B)
1
2
A
x
y
B
