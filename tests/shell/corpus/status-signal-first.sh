# fails
sh -c 'echo partial; kill -KILL $$' | cat
