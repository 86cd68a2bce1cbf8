cat <<'END' | tr a-z A-Z
$HOME `id` \n "quotes" 'single'
END
