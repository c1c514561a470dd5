#!/bin/bash
# A container is well while its event loop turns: 200, or 503 while it starts or waits for its volume. A restart would not help such a bot.
# Bash alone, because every bot runs this every minute: a node for it costs forty times the processor time and fifty megabytes for a moment.
host=${HOST:-127.0.0.1}
case $host in 0.0.0.0 | ::) host=127.0.0.1 ;; esac

exec 3<>"/dev/tcp/$host/${PORT:-3000}" || exit 1
printf 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
if ! IFS= read -r -t 5 -u 3 answer; then
  echo 'no answer within 5 s'
  exit 1
fi
case $answer in
  'HTTP/1.1 200'* | 'HTTP/1.1 503'*) exit 0 ;;
esac
echo "answered: $answer"
exit 1
