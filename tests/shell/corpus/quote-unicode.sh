echo 'grüße 世界 🙂' | sed 's/ü/ue/' | wc -c
