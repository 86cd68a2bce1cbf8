seq 3 >|forced.txt
