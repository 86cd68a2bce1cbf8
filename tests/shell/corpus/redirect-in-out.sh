sort <numbers.txt >sorted.txt
