cat <<-END | nl
	indented
	lines
	END
