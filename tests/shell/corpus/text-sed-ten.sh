cat text.txt | sed 's/a/1/' | sed 's/b/2/g' | sed -e 's/c/3/' -e 's/d/4/' | sed -n '/e/p' | sed 's,f,6,' | sed 's|g|7|' | sed 'y/hij/890/' | sed '2,3d' | sed '/^$/d' | sed '$d'
