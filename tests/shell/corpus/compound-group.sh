{ seq 3; echo end; } | tac
