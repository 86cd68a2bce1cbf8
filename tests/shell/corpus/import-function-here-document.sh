header() {
    cat <<END
left and right
END
}
header | tr a-z A-Z
