# needs: rev
tr a-z A-Z <<<'a here string' | rev
