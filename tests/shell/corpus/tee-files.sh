seq 100 | tee a.copy b.copy c.copy | tail -n 1
